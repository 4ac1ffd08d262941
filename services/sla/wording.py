"""An explanation in words, pt-BR and English: one sentence an item, in the order in which it happened. Pure."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.commands import Explanation, Pause, Run, TargetChosen
from contracts.envelope import Language

LANGUAGES: tuple[Language, ...] = ("pt-BR", "en")

_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "pt-BR": ("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_DATES: dict[Language, str] = {"pt-BR": "%d/%m/%Y", "en": "%Y-%m-%d"}

_WORDS: dict[Language, dict[str, str]] = {
    "pt-BR": {
        "first_response": "Primeira resposta",
        "next_response": "Próxima resposta",
        "resolution": "Solução",
        "unreachable": "Sem contato com o cliente",
        "customer_silence": "Silêncio do cliente",
        "auto_close": "Encerramento automático",
        "business": "de expediente",
        "elapsed": "corridas",
        "started": "{clock}: meta de {target} {unit}, de {since} em diante, pela política {policy} versão {version}{case}.",
        "asked": "A pergunta é de {asked}; só conta desde {since}, quando passou a ter esta meta.",
        "reclassified": "Reclassificado em {since}: a meta passou a {target} {unit}{case}; o que já tinha contado continua.",
        "rebased": "Recalculado em {since} pela política {policy} versão {version}: meta de {target} {unit}{case}.",
        "case": " ({facts})",
        "classification.question": "dúvida",
        "classification.request": "solicitação",
        "classification.project": "projeto",
        "classification.incident": "incidente",
        "priority.low": "prioridade baixa",
        "priority.normal": "prioridade normal",
        "priority.high": "prioridade alta",
        "priority.urgent": "prioridade urgente",
        "criticality.low": "criticidade baixa",
        "criticality.medium": "criticidade média",
        "criticality.high": "criticidade alta",
        "criticality.critical": "criticidade crítica",
        "run": "Correu de {start} a {end}: contou {counted}{by}.",
        "running": "Corre desde {start}: contou {counted} até {end}{by}.",
        "by": ", pelo calendário {calendar} versão {version}",
        "pause": "Ficou parado de {start} a {end}, {reason}: {spared} {unit} que não contaram.",
        "pausing": "Está parado desde {start}, {reason}: até agora {spared} {unit} que não contaram.",
        "waiting_customer": "aguardando o cliente",
        "on_hold": "em espera por um terceiro",
        "awaiting_approval": "aguardando aprovação",
        "met": "pois tinha sido cumprido, até ser reaberto",
        "sum": "Contou ao todo {parts}{elapsed}.",
        "left": "Meta de {target}, menos {elapsed} que contaram: restam {remaining}.",
        "over": "Contaram {elapsed}, menos a meta de {target}: {excess} além da meta.",
        "due": "Vence em {due}.",
        "no_due": "Enquanto está parado não há vencimento, só o que resta.",
        "breached": "Venceu em {at}, percebido em {seen}; este resultado não muda mais.",
        "lapsed": "Já tinha vencido em {due}, antes de o atendimento ser importado: não dispara nada e não é julgado.",
        "state.met": "Cumprido em {at}.",
        "state.stopped": "Parado em definitivo em {at}.",
        "state.ended": "Chegou ao fim em {at}.",
    },
    "en": {
        "first_response": "First response",
        "next_response": "Next response",
        "resolution": "Resolution",
        "unreachable": "Customer not reached",
        "customer_silence": "Customer silence",
        "auto_close": "Automatic closure",
        "business": "of working time",
        "elapsed": "of elapsed time",
        "started": "{clock}: target {target} {unit}, from {since} on, by policy {policy} version {version}{case}.",
        "asked": "The question came on {asked}; it counts only since {since}, when it got this target.",
        "reclassified": "Reclassified on {since}: the target became {target} {unit}{case}; what had counted stays.",
        "rebased": "Counted anew on {since} by policy {policy} version {version}: target {target} {unit}{case}.",
        "case": " ({facts})",
        "classification.question": "question",
        "classification.request": "request",
        "classification.project": "project",
        "classification.incident": "incident",
        "priority.low": "low priority",
        "priority.normal": "normal priority",
        "priority.high": "high priority",
        "priority.urgent": "urgent priority",
        "criticality.low": "low criticality",
        "criticality.medium": "medium criticality",
        "criticality.high": "high criticality",
        "criticality.critical": "critical",
        "run": "Ran from {start} to {end}: {counted} counted{by}.",
        "running": "Has run since {start}: {counted} counted up to {end}{by}.",
        "by": ", by calendar {calendar} version {version}",
        "pause": "Stood still from {start} to {end}, {reason}: {spared} {unit} did not count.",
        "pausing": "Has stood still since {start}, {reason}: so far {spared} {unit} did not count.",
        "waiting_customer": "waiting for the customer",
        "on_hold": "on hold for a third party",
        "awaiting_approval": "awaiting approval",
        "met": "since it had been met, until reopened",
        "sum": "Counted in all: {parts}{elapsed}.",
        "left": "Target of {target} less {elapsed} counted: {remaining} left.",
        "over": "{elapsed} counted less the target of {target}: {excess} over the target.",
        "due": "Due on {due}.",
        "no_due": "While it stands still there is no due instant, only what is left.",
        "breached": "Breached on {at}, noticed on {seen}; this verdict stays.",
        "lapsed": "It had run out on {due}, before the ticket was imported: it fires nothing and is not judged.",
        "state.met": "Met on {at}.",
        "state.stopped": "Stopped for good on {at}.",
        "state.ended": "Reached its end on {at}.",
    },
}


def worded(told: Explanation, language: Language) -> Iterator[str]:
    """The sentences: targets, runs and pauses as they followed each other, then the arithmetic and the outcome."""
    words = _Words(told, language)
    if told.asked_at:
        yield words.say(
            "asked", asked=words.instant(told.asked_at), since=words.instant(told.targets[0].since)
        )
    happened: list[tuple[datetime, int, str]] = []
    happened += [(each.since, 0, words.target(each)) for each in told.targets]
    happened += [(each.starts_at, 1, words.run(each)) for each in told.runs]
    happened += [(each.starts_at, 1, words.pause(each)) for each in told.pauses]
    yield from (sentence for _, _, sentence in sorted(happened, key=lambda one: one[:2]))
    yield from words.arithmetic()
    yield from words.outcome()


class _Words:
    """One explanation in one language."""

    def __init__(self, told: Explanation, language: Language) -> None:
        self.told = told
        self.language = language
        self.zone = ZoneInfo(told.time_zone)
        self.unit = _WORDS[language]["business" if told.business else "elapsed"]

    def say(self, code: str, **facts: str) -> str:
        return _WORDS[self.language][code].format(**facts)

    def instant(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        weekday = _WEEKDAYS[self.language][local.weekday()]
        clock = "%H:%M:%S" if local.second or local.microsecond else "%H:%M"
        return f"{weekday} {local.strftime(f'{_DATES[self.language]} {clock}')}"

    def target(self, chosen: TargetChosen) -> str:
        named = {
            "classification": chosen.classification,
            "priority": chosen.priority,
            "criticality": chosen.criticality,
        }
        facts = ", ".join(self.say(f"{what}.{value}") for what, value in named.items() if value)
        return self.say(
            chosen.because,
            clock=self.say(self.told.clock),
            target=duration(chosen.target_s),
            unit=self.unit,
            since=self.instant(chosen.since),
            policy=chosen.sla_policy,
            version=str(chosen.sla_policy_version),
            case=self.say("case", facts=facts) if facts else "",
        )

    def run(self, run: Run) -> str:
        by = self.say("by", calendar=run.calendar, version=str(run.calendar_version))
        return self.say(
            "run" if run.ends_at else "running",
            start=self.instant(run.starts_at),
            end=self.instant(run.ends_at or self.told.at),
            counted=duration(run.counted_s),
            by=by if self.told.business else "",
        )

    def pause(self, pause: Pause) -> str:
        return self.say(
            "pause" if pause.ends_at else "pausing",
            start=self.instant(pause.starts_at),
            end=self.instant(pause.ends_at or self.told.at),
            reason=self.say(pause.reason),
            spared=duration(pause.spared_s),
            unit=self.unit,
        )

    def arithmetic(self) -> Iterator[str]:
        told, elapsed = self.told, duration(self.told.elapsed_s)
        parts = " + ".join(duration(run.counted_s) for run in told.runs)
        yield self.say("sum", parts=f"{parts} = " if len(told.runs) > 1 else "", elapsed=elapsed)
        target, excess = duration(told.target_s), told.elapsed_s - told.target_s
        if excess > 0:
            yield self.say("over", target=target, elapsed=elapsed, excess=duration(excess))
        else:
            yield self.say("left", target=target, elapsed=elapsed, remaining=duration(told.remaining_s))

    def outcome(self) -> Iterator[str]:
        told = self.told
        if told.lapsed and told.due_at:
            yield self.say("lapsed", due=self.instant(told.due_at))
        elif told.breached_at and told.detected_at:
            yield self.say("breached", at=self.instant(told.breached_at), seen=self.instant(told.detected_at))
        elif told.state == "paused":
            yield self.say("no_due")
        elif told.state == "running" and told.due_at:
            yield self.say("due", due=self.instant(told.due_at))
        if told.ended_at:
            yield self.say(f"state.{told.state}", at=self.instant(told.ended_at))


def duration(seconds: int) -> str:
    """`24 h`, `1 h 30 min`, `45 s`: hours are not folded into days, since a working day is not one of 24."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if count]
    return " ".join(parts) or "0 min"
