//! Text + knowledge + lookup → diagnosis.
