"""What a scenario says about itself, for descriptions, pages and reports."""

from __future__ import annotations

from typing import Any

from diarchy.describe import Setting
from diarchy.scenario.given import Scenario
from diarchy.scenario.grades import words_of


def setting_of(scenario: Scenario) -> Setting:
    """What a scenario says about itself, for descriptions."""
    layers = (scenario.from_case, scenario.from_scenario, scenario.from_command_line)
    facts = {key: given for layer in layers for key, given in layer.facts.items()}
    priors = {key: given for layer in layers for key, given in layer.priors.items()}
    return Setting(
        title=scenario.title,
        summary=scenario.summary,
        questions={key: str(spec.raw.get("text", "")) for key, spec in scenario.questions.items()},
        sources={key: _source(entry) for key, entry in scenario.sources.items()},
        fact_sources={key: words_of(given) or "no source" for key, given in facts.items()},
        prior_sources={key: words_of(given) or "no source" for key, given in priors.items()},
        variants={
            **{name: variant.summary for name, variant in scenario.variants.items()},
            **{name: f"hypothesis: {theory.summary}" for name, theory in scenario.hypotheses.items()},
        },
    )


def _source(entry: Any) -> str:
    """A source in a line."""
    confidence = entry.get("confidence", "med")
    return ", ".join(
        filter(None, [str(entry.get("title", "")), str(entry.get("url", "")), f"confidence {confidence}"])
    )
