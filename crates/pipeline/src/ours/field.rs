//! What can be said to the gateway, under all of its names. One table, so that a header of `SMLGateway`'s and a field of
//! `OpenRouter`'s mean the same thing everywhere.

/// `OpenRouter` has an object of this name, too, which says nothing to a gateway.
pub(super) const TRACE: &str = "trace";

/// What can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    FreeOnly,
    Cost,
    Prefer,
    Exclude,
    MaxLatency,
    Strategy,
    MaxPrice,
    Models,
    Route,
    Order,
    Only,
    Ignore,
    Sort,
    RequireParameters,
    AllowFallbacks,
    Session,
    Hedge,
    Trace,
}

impl Field {
    /// The field of a body with a name.
    pub(super) fn of_body(name: &str) -> Option<Self> {
        Some(match name {
            "free_only" => Self::FreeOnly,
            "prefer" => Self::Prefer,
            "exclude" => Self::Exclude,
            "max_latency_ms" => Self::MaxLatency,
            "strategy" => Self::Strategy,
            "max_price" => Self::MaxPrice,
            "models" => Self::Models,
            "route" => Self::Route,
            "session_id" => Self::Session,
            "hedge" => Self::Hedge,
            _ => return None,
        })
    }

    /// The field of `provider` with a name.
    pub(super) fn of_provider(name: &str) -> Option<Self> {
        Some(match name {
            "order" => Self::Order,
            "only" => Self::Only,
            "ignore" => Self::Ignore,
            "sort" => Self::Sort,
            "max_price" => Self::MaxPrice,
            "require_parameters" => Self::RequireParameters,
            "allow_fallbacks" => Self::AllowFallbacks,
            _ => return None,
        })
    }

    /// What a header says, by its name in lower case, and its rank among those that say the same.
    pub(super) fn of_header(name: &str) -> Option<(Self, u8)> {
        let rest = name.strip_prefix("x-")?;
        let Some(name) = rest.strip_prefix("wye-").or_else(|| rest.strip_prefix("smlgateway-")) else {
            let rank = match rest {
                "claude-code-session-id" => 1,
                "session-id" => 2,
                "conversation-id" => 3,
                _ => return None,
            };
            return Some((Self::Session, rank));
        };
        let field = match name {
            "free-only" => Self::FreeOnly,
            "cost" => Self::Cost,
            "prefer" => Self::Prefer,
            "exclude" => Self::Exclude,
            "max-latency" | "max-latency-ms" => Self::MaxLatency,
            "strategy" => Self::Strategy,
            "max-price" => Self::MaxPrice,
            "models" => Self::Models,
            "provider-order" => Self::Order,
            "provider-only" => Self::Only,
            "provider-ignore" => Self::Ignore,
            "provider-sort" => Self::Sort,
            "require-parameters" => Self::RequireParameters,
            "allow-fallbacks" => Self::AllowFallbacks,
            "session" | "session-id" => Self::Session,
            "hedge" => Self::Hedge,
            TRACE => Self::Trace,
            _ => return None,
        };
        Some((field, 0))
    }

    /// Whether each line of a header adds to it.
    pub(super) const fn is_list(self) -> bool {
        matches!(self, Self::Prefer | Self::Exclude | Self::Models | Self::Order | Self::Only | Self::Ignore)
    }

    /// Whether what a header says holds whatever the body says.
    pub(super) const fn adds_up(self) -> bool {
        matches!(self, Self::FreeOnly | Self::Cost)
    }
}
