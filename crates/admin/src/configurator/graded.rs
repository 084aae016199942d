//! What deployments were graded: read from the table when it changes, by whichever node, and served from then on.

use wye_profile::Category;
use wye_routing::grades::{Grade, Graded};
use wye_store::StoreError;
use wye_store::grades::{GradeRow, GradeTable};
use wye_types::DeploymentId;

use super::{Configurator, Writer};

impl Configurator {
    /// The table of grades.
    #[must_use]
    pub const fn grades(&self) -> &GradeTable {
        &self.grades
    }

    /// Serves by the grades that there are now. Gives whether they are others than before.
    ///
    /// # Errors
    /// If the database cannot answer; what was served before stays.
    pub async fn take_grades(&self) -> Result<bool, StoreError> {
        let mut writer = self.writer.lock().await;
        self.grade(&mut writer).await
    }

    /// The same, by whoever holds the writer.
    pub(super) async fn grade(&self, writer: &mut Writer) -> Result<bool, StoreError> {
        if writer.graded == Some(self.grades.changes().await?) {
            return Ok(false);
        }
        let (changes, rows) = self.grades.all().await?;
        if let Some(live) = writer.builder.grade(graded(&rows))
            && let Some(serve) = self.serving.get()
        {
            serve(live, &self.current().config);
        }
        writer.graded = Some(changes);
        tracing::info!(grades = rows.len(), "other grades hold");
        Ok(true)
    }
}

/// Grades as routing reads them. What this version does not know says nothing.
pub(super) fn graded(rows: &[GradeRow]) -> Vec<Graded> {
    let one = |row: &GradeRow| {
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let grade = Grade { value: row.value as f32, count: row.questions };
        let deployment = DeploymentId { provider: row.provider.clone(), model: row.model.clone() };
        Some(Graded { deployment, category: Category::from_name(&row.category)?, grade })
    };
    rows.iter().filter_map(one).collect()
}
