//! Taking over what others changed: another node, a command, the file.

use std::sync::Arc;
use std::time::Duration;

use super::assemble::{Assembled, assemble, problems};
use super::{ChangeError, Configurator, FileText, Part, Writer, kept};

/// How often the database is asked for news. Two of these are the longest that a change takes to any node.
const EVERY: Duration = Duration::from_secs(1);

impl Configurator {
    /// Asks for news again and again. Ends never.
    pub async fn follow(&self) {
        loop {
            tokio::time::sleep(EVERY).await;
            // What goes wrong is noted, and tried again.
            let _ = self.poll().await;
        }
    }

    /// Takes over what has changed in the database since it was asked last. Gives whether something new is served.
    ///
    /// # Errors
    /// If the database cannot answer, or if what it holds is of no use here. What was served before stays.
    pub async fn poll(&self) -> Result<bool, ChangeError> {
        let mut writer = self.writer.lock().await;
        let caught = self.catch_up(&mut writer).await?;
        Ok(self.grade(&mut writer).await? || caught)
    }

    /// Takes over a changed file, or one whose references lead to something else now. Gives what is served then.
    ///
    /// # Errors
    /// [`ChangeError::Invalid`]; what was served before stays.
    pub async fn reload_file(&self, file: FileText) -> Result<Arc<super::Current>, ChangeError> {
        let mut writer = self.writer.lock().await;
        // The file may name a secret that was set a moment ago, by another process. What goes wrong here is noted.
        let _ = self.catch_up(&mut writer).await;
        let mut file = file;
        let assembled = self.with(&mut writer, |writer| std::mem::swap(&mut writer.file, &mut file))?;
        writer.file = file;
        self.serve(&mut writer, assembled).await?;
        Ok(self.current())
    }

    pub(super) async fn catch_up(&self, writer: &mut Writer) -> Result<bool, ChangeError> {
        let caught = self.news(writer).await;
        let away = match &caught {
            Err(ChangeError::Store(error)) => Some(error.to_string()),
            Err(error @ ChangeError::Vault(_)) => Some(error.to_string()),
            _ => None,
        };
        self.note(Part::Database, away);
        if !caught? {
            return Ok(false);
        }
        let served = match assemble(&self.around, writer, Some(&writer.booted)) {
            Ok(assembled) => self.serve(writer, assembled).await,
            Err(problems) => Err(ChangeError::Invalid(problems)),
        };
        match served {
            Ok(()) => {
                tracing::info!(version = writer.version, "the configuration was changed");
                Ok(true)
            }
            Err(error) => {
                let number = writer.version;
                let what = format!("version {number} of the configuration cannot be used here: {error}");
                self.note(Part::Version, Some(what));
                Err(error)
            }
        }
    }

    /// Reads what is new. Gives whether anything is.
    async fn news(&self, writer: &mut Writer) -> Result<bool, ChangeError> {
        let (version, seal) = self.secrets.table().news().await?;
        let mut new = false;
        if seal.is_none() || seal != writer.seal {
            let (seal, sealed, opened) = self.secrets.of_configuration().await?;
            new |= opened != writer.opened;
            (writer.seal, writer.sealed, writer.opened) = (Some(seal), sealed, opened);
        }
        if version != writer.version {
            (writer.version, writer.items) = self.log.current().await?;
            new = true;
        }
        Ok(new)
    }

    /// Serves what was assembled of what the writer holds.
    pub(super) async fn serve(&self, writer: &mut Writer, assembled: Assembled) -> Result<(), ChangeError> {
        let live = writer.builder.build(&assembled.config).map_err(problems)?;
        if let Some(serve) = self.serving.get() {
            serve(live, &assembled.config);
        }
        self.current.store(Arc::new(assembled.current(writer)));
        self.note(Part::Version, None);
        self.keep(writer).await;
        Ok(())
    }

    /// Keeps a copy for a start without the database.
    pub(super) async fn keep(&self, writer: &Writer) {
        let (Some(keep), Some(seal)) = (self.around.keep.clone(), &writer.seal) else { return };
        let text = kept::Kept {
            version: writer.version,
            items: writer.items.clone(),
            check: seal.check.clone(),
            sealed: writer.sealed.clone(),
        }
        .write();
        // It is only for a day on which the database is away; that it cannot be kept is said by whoever keeps it.
        let _ = tokio::task::spawn_blocking(move || keep(&text)).await;
    }
}
