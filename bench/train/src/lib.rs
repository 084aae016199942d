//! Training of the profile's heads: data, splits, fitting, and what was measured on the way. Apart from the gateway,
//! because nothing of this may ever run where requests do.

pub mod data;
mod descent;
pub mod fit;
pub mod folds;
pub mod judge;
pub mod kinds;
pub mod lessons;
pub mod measure;
pub mod otherwise;
pub mod report;
pub mod split;
pub mod train;
