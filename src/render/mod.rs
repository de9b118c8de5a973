//! Text, JSON, HTML from finished values.
