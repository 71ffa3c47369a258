// Package template is a toy search for a resonance, the scenery of the tutorial template: events of
// two jets with five features and a mass, a background whose features change smoothly with the
// mass, and a narrow signal. Run is the tutorial's long form.
//
//	x, m, err := template.Background(200_000, 2.9, 4.1, 1)
//	w := template.Window{From: 3.3, To: 3.7, Side: 0.4}
//	sx, sm, err := w.Sidebands(x, m)
//	spectrum, err := template.FitSpectrum(sm, w)
//	to, err := spectrum.Sample(sx.Len(), w.From, w.To, 1)
//	events, err := transport.At(sm, to).Forward(sx) // a template of the background in the region
//	curve, err := template.Trees{}.Separate(ctx, events, truth)
//	found, err := template.Trees{}.Search(ctx, events, region, spectrum.Expected(sx.Len(), w), background, signal)
//
// The way to make a template is that of CURTAINs (arXiv:2203.09470) and CURTAINsF4F
// (arXiv:2305.04646). Its rivals are sampling at the masses of the region, as CATHODE does
// (arXiv:2109.00546), base transfer, and FitLinear. Trees trains gradient-boosted trees of
// scikit-learn, in the project's Python environment.
package template
