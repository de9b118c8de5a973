//! The embedded knowledge: causes, clues, providers, codes.
