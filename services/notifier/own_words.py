"""The desk's own words for its e-mails: the directory's `mail_template` records, by e-mail and language."""

from operator import itemgetter

from contracts.directory import MailTemplate
from contracts.envelope import Language
from journal.directory import Directory


class OwnWords:
    """The records in use; of two for one e-mail in one language, the one whose key comes first."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._records: dict[tuple[str, Language], MailTemplate] = {}

    def refresh(self) -> None:
        """Look at the directory again: once a batch of e-mails, since that looks through all its records."""
        found = sorted(self._directory.all(MailTemplate), key=itemgetter(0), reverse=True)
        self._records = {(record.template, record.language): record for _, record in found}

    def of(self, template: str, language: Language) -> MailTemplate | None:
        """The desk's own words for that e-mail; None where it has none."""
        return self._records.get((template, language))
