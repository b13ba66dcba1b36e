"""Hand-outs: HTML and PDF, with plots, verdicts and tables."""
