// Package memory keeps a process from holding memory that XLA has freed. Importing it limits the
// arenas of the C library; Trim returns what they hold.
package memory
