//! What holds of worlds, of the people in them and of studies.

mod people;
mod ramps;
mod studies;
mod world_files;
