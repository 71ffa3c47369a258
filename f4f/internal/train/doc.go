// Package train obtains a flow: it loads the flow from the store, or trains it, resumes it, keeps
// it, and reports all of that. A fit has a Place (backend, window, devices, store) and a Job (how
// to load the flow and what to train). Fits of plans of one shape may meet in a Group, which trains
// them as one program.
package train
