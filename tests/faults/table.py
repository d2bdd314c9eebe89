"""The table of faults: how often each was injected, and what came of it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One kind of fault, its outcomes counted, and what went wrong."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, outcome: str, allowed: tuple[str, ...], where: str = "") -> None:
        """Count an outcome; one that is not allowed is wrong."""
        if outcome in allowed:
            self.outcomes[outcome] += 1
        else:
            self.outcomes["WRONG"] += 1
            self.wrong.append(f"{self.name}, {where}: {outcome.removeprefix('WRONG: ')}; allowed: {', '.join(allowed)}")

    @property
    def times(self) -> int:
        """How often it was injected."""
        return self.outcomes.total()


def table(faults: list[Fault]) -> str:
    """Return the table as Markdown, a line a fault, a sum at the end, and all that was wrong under it."""
    lines = ["| fault | times | outcomes |", "|---|--:|---|"]
    for fault in faults:
        counts = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(fault.outcomes.items()))
        lines.append(f"| {fault.name} | {fault.times:,} | {counts} |")
    wrong = [line for fault in faults for line in fault.wrong]
    lines.append(f"| all | {sum(fault.times for fault in faults):,} | wrong {len(wrong)} |")
    return "\n".join([*lines, *wrong[:50]])
