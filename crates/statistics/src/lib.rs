//! What an experiment shows: differences, intervals that hold however often one looks, checks of the
//! split, and the ranking of many findings; all from sufficient statistics, pure.
