//! Clues and observations → ordered causes.
