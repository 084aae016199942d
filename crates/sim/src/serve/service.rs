//! Calls besides chat: the same faults and quotas, one whole answer.

use super::{Call, Reply, Visit};
use crate::live::Facts;
use crate::received::Ending;
use crate::script::Fault;
use crate::services::Service;

impl Visit<'_> {
    pub(super) async fn service(&self, service: Service, call: Call<'_>, mut ending: Ending) -> Reply {
        let key = call.key.and_then(|k| self.seat.provider.keys.get(k)).map(String::as_str);
        let facts =
            Facts { model: &call.stamp.model, nth: call.nth, stream: call.stream, key, last_user: "" };
        let fault = self.seat.fault(self.live.seed, self.name, &facts);
        if let Some(fault) = fault {
            ending.fault(fault.name());
        }
        match fault {
            Some(Fault::Reset | Fault::Refuse) => {
                ending.abandon();
                return self.hang_up();
            }
            Some(Fault::StallFirst) => std::future::pending::<()>().await,
            Some(Fault::Status { .. } | Fault::ErrorIn200 | Fault::Garbage) => {
                return Ok(self.instead(fault, &call, ending));
            }
            _ => {}
        }
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
