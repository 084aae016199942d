//! Calls besides chat: the same faults and quotas, one whole answer.

use super::{Call, Reply, Visit};
use crate::received::Ending;
use crate::services::Service;

impl Visit<'_> {
    pub(super) async fn service(&self, service: Service, call: Call<'_>, ending: Ending) -> Reply {
        let (_, ending) = match self.fault(&call, "", ending).await {
            Ok(met) => met,
            Err(reply) => return *reply,
        };
        let served = service.answer(&call.body, &call.stamp.model);
        let served = served.and_then(|served| self.charge(&call, served.tokens).map(|()| served));
        let wait = call.model.ttft.0;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(match served {
            Ok(served) => self.json(&served.body, &call.stamp, Some(&self.standing(&call)), Some(ending)),
            Err(fail) => self.refuse(&fail, &call.stamp, Some(ending)),
        })
    }
}
