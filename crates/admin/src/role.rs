//! Roles, and the one table of what each may do. Endpoints name an action of it; nothing else decides who may.

use std::fmt;

use Role::{Admin, Operator, Viewer};

/// What a user may do; each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees how it goes: status, configuration, figures. Neither contents of requests nor who the users are.
    Viewer,
    /// Runs it: changes the configuration, provider keys and client keys, reads requests.
    Operator,
    /// Everything, users and the audit log included.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Viewer, Operator, Admin];

    /// The name used in the database, the API and the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Viewer => "viewer",
            Operator => "operator",
            Admin => "admin",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it may do this.
    #[must_use]
    pub fn may(self, action: Action) -> bool {
        self >= action.least()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What can be done through the admin API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// One's own name, password, second factor, sessions and tokens.
    OwnAccount,
    /// Version, health, nodes.
    StatusRead,
    /// Figures: requests, errors, tokens, cost.
    StatisticsRead,
    /// What is left of limits and budgets.
    LimitsRead,
    /// The configuration and its versions.
    ConfigRead,
    /// Changing, importing and rolling back the configuration.
    ConfigWrite,
    /// Names and hints of secrets.
    SecretsRead,
    /// Setting and removing secrets.
    SecretsWrite,
    /// Sealed copies of every secret.
    SecretsExport,
    /// Client keys, without the keys themselves.
    KeysRead,
    /// Making, changing, rotating and removing client keys.
    KeysWrite,
    /// The request log without bodies.
    RequestsRead,
    /// What clients sent and were answered, and exports of the log.
    BodiesRead,
    /// Making the gateway forget that a deployment failed.
    FleetWrite,
    /// Asking providers and models something at the operator's own cost: tests of keys and deployments, the playground.
    ModelsTry,
    /// Making, changing and removing users.
    Users,
    /// The audit log.
    AuditRead,
}

/// Each action and the least role that may do it.
pub const TABLE: [(Action, Role); 17] = [
    (Action::OwnAccount, Viewer),
    (Action::StatusRead, Viewer),
    (Action::StatisticsRead, Viewer),
    (Action::LimitsRead, Viewer),
    (Action::ConfigRead, Viewer),
    (Action::ConfigWrite, Operator),
    (Action::SecretsRead, Operator),
    (Action::SecretsWrite, Operator),
    (Action::SecretsExport, Admin),
    (Action::KeysRead, Viewer),
    (Action::KeysWrite, Operator),
    (Action::RequestsRead, Viewer),
    (Action::BodiesRead, Operator),
    (Action::FleetWrite, Operator),
    (Action::ModelsTry, Operator),
    (Action::Users, Admin),
    (Action::AuditRead, Admin),
];

impl Action {
    /// The least role that may do it.
    #[must_use]
    pub fn least(self) -> Role {
        // What is not in the table is for administrators alone; a test finds it.
        TABLE.iter().find(|(action, _)| *action == self).map_or(Admin, |(_, role)| *role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_stands_in_the_table_once_and_in_order() {
        for (index, (action, least)) in TABLE.into_iter().enumerate() {
            assert_eq!(action as usize, index, "{action:?}");
            assert_eq!(action.least(), least);
        }
        assert_eq!(Action::AuditRead as usize + 1, TABLE.len());
    }

    #[test]
    fn a_role_may_do_what_the_lesser_may() {
        for (action, least) in TABLE {
            assert_eq!(Role::ALL.map(|role| role.may(action)), Role::ALL.map(|role| role >= least));
            assert!(Admin.may(action));
        }
        assert!(!Viewer.may(Action::ConfigWrite) && !Operator.may(Action::Users));
        assert_eq!(Role::parse("admin"), Some(Admin));
        assert_eq!(Role::parse("Admin"), None);
    }
}
