//! What many models did in public. From it the table of priors is made ([`priors`]), and by it is measured how well a request
//! finds one of 28 models by what it is about and how hard it is ([`choose`]). Apart from the gateway, which reads the table
//! only.

pub mod choose;
pub mod data;
pub mod fit;
pub mod models;
pub mod page;
pub mod priors;
