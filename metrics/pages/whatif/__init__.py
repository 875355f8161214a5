"""What if: the value of a customer with other rates, what each change does, and scenarios to compare."""

from metrics.pages.whatif.compare import compare_scenarios
from metrics.pages.whatif.files import export_whatif
from metrics.pages.whatif.scenarios import remove_scenario, save_scenario
from metrics.pages.whatif.view import show_whatif

__all__ = ["compare_scenarios", "export_whatif", "remove_scenario", "save_scenario", "show_whatif"]
