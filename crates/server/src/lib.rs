//! The doors: client dialects over HTTP; the only place that builds error responses.
