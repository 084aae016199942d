//! Conversations with tools and thoughts, served by one provider after another.
