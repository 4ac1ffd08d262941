"""What a new plan of a project changes of the one before. Pure."""

from dataclasses import dataclass

from contracts.lifecycle import Activity, Plan

_OTHERS = ("objective", "resources", "stakeholders", "milestones")


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """Activities added, removed, and changed (before, after); and which other parts of the plan are new."""

    added: tuple[Activity, ...]
    removed: tuple[Activity, ...]
    changed: tuple[tuple[Activity, Activity], ...]
    others: tuple[str, ...]


def plan_changes(before: Plan | None, after: Plan) -> PlanChanges:
    """From one plan to the next, activities by their id; of the first plan everything is added."""
    old = {activity.id: activity for activity in before.activities} if before else {}
    new = {activity.id: activity for activity in after.activities}
    return PlanChanges(
        added=tuple(activity for key, activity in new.items() if key not in old),
        removed=tuple(activity for key, activity in old.items() if key not in new),
        changed=tuple((old[key], new[key]) for key in new if key in old and old[key] != new[key]),
        others=tuple(part for part in _OTHERS if before and getattr(before, part) != getattr(after, part)),
    )
