"""The whole site on one screen."""

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from customers.pages import batch, original, persons, quality, quality_rows, rejects, undo, upload, uploads
from customers.pages.privacy import erase_customer, list_erasures
from klantwaarde.people import views as people
from metrics.pages import channels, cohorts, overview, runs
from metrics.pages.customers.export import export_customers
from metrics.pages.customers.listing import list_customers, search_customers
from metrics.pages.customers.profile import show_customer
from metrics.pages.help import show_help
from metrics.pages.potential import views as potential
from metrics.pages.potential.files import export_potential
from metrics.pages.satisfaction import export_satisfaction, show_programmes, show_satisfaction
from metrics.pages.segments import views as segments
from metrics.pages.segments.files import export_segments
from metrics.pages.segments.own import add_own_segment, remove_own_segment
from metrics.pages.segments.thresholds import change_thresholds
from metrics.pages.settings import settings_page
from metrics.pages.targets import (
    add_target,
    edit_target,
    export_changes,
    export_targets,
    remove_target,
    show_targets,
)
from metrics.pages.trust import export_predictions, show_predictions
from metrics.pages.whatif import (
    compare_scenarios,
    export_whatif,
    remove_scenario,
    save_scenario,
    show_whatif,
)

urlpatterns = [
    path("", overview.show_overview, name="overview"),
    path("kpis.csv", overview.export_figures, name="overview_export"),
    path("contribution.csv", overview.export_bridge, name="overview_bridge_export"),
    path("best-customers.csv", overview.export_top, name="overview_top_export"),
    path("overview/cards/", overview.choose_cards, name="overview_cards"),
    path("customers/", list_customers, name="customers"),
    path("customers/search/", search_customers, name="customers_search"),
    path("customers/export/", export_customers, name="customers_export"),
    path("customers/<int:pk>/", show_customer, name="customer"),
    path("customers/<int:pk>/erase/", erase_customer, name="customer_erase"),
    path("customers/erased/", list_erasures, name="erasures"),
    path("predictions/", show_predictions, name="predictions"),
    path("predictions/export/<slug:table>/", export_predictions, name="predictions_export"),
    path("channels/", channels.show_channels, name="channels"),
    path("channels/export/", channels.export_channels, name="channels_export"),
    path("channels/channel/", channels.show_channel, name="channel"),
    path("channels/campaigns/export/", channels.export_campaigns, name="campaigns_export"),
    path("cohorts/", cohorts.show_cohorts, name="cohorts"),
    path("cohorts/export/", cohorts.export_cohorts, name="cohorts_export"),
    path("satisfaction/", show_satisfaction, name="satisfaction"),
    path("satisfaction/export/<slug:table>/", export_satisfaction, name="satisfaction_export"),
    path("programmes/", show_programmes, name="programmes"),
    path("potential/", potential.show_potential, name="potential"),
    path("potential/<slug:quarter>/", potential.list_quarter, name="potential_customers"),
    path("potential/<slug:quarter>/export/", potential.export_quarter, name="potential_export"),
    path("potential/tables/<slug:table>.csv", export_potential, name="potential_table_export"),
    path("at-risk/", potential.show_at_risk, name="at_risk"),
    path("at-risk/export/", potential.export_at_risk, name="at_risk_export"),
    path("targets/", show_targets, name="targets"),
    path("targets/export/", export_targets, name="targets_export"),
    path("targets/changes/export/", export_changes, name="target_changes_export"),
    path("targets/add/", add_target, name="target_add"),
    path("targets/<int:pk>/", edit_target, name="target_edit"),
    path("targets/<int:pk>/remove/", remove_target, name="target_remove"),
    path("what-if/", show_whatif, name="whatif"),
    path("what-if/export/", export_whatif, name="whatif_export"),
    path("what-if/compare/", compare_scenarios, name="whatif_compare"),
    path("what-if/keep/", save_scenario, name="scenario_save"),
    path("what-if/<int:pk>/remove/", remove_scenario, name="scenario_remove"),
    path("segments/", segments.list_schemes, name="segments"),
    path("segments/thresholds/", change_thresholds, name="segment_thresholds"),
    path("segments/own/add/", add_own_segment, name="segment_own_add"),
    path("segments/own/<slug:slug>/remove/", remove_own_segment, name="segment_own_remove"),
    path("segments/<slug:scheme>/", segments.show_scheme, name="segment_scheme"),
    path("segments/<slug:scheme>/moves/", segments.show_moves, name="segment_moves"),
    path("segments/<slug:scheme>/<slug:table>.csv", export_segments, name="segment_export"),
    path("segments/<slug:scheme>/of/<slug:segment>/", segments.show_segment, name="segment"),
    path("segments/<slug:scheme>/of/<slug:segment>/advice/", segments.save_advice, name="segment_advice"),
    path("help/", show_help, name="help"),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("account/password/", people.OwnPasswordView.as_view(), name="password_change"),
    path("account/password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("imports/", uploads.list_uploads, name="uploads"),
    path("imports/batches/", batch.start_batch, name="batch_start"),
    path("imports/batches/<uuid:uuid>/", batch.show_batch, name="batch"),
    path("imports/batches/<uuid:uuid>/files/", batch.add_file, name="batch_files"),
    path("imports/batches/<uuid:uuid>/confirm/", batch.confirm_batch, name="batch_confirm"),
    path("imports/batches/<uuid:uuid>/cancel/", batch.cancel_batch, name="batch_cancel"),
    path("imports/batches/<uuid:uuid>/undo/", batch.undo_files, name="batch_undo"),
    path("imports/<uuid:uuid>/", upload.show_upload, name="upload"),
    path("imports/<uuid:uuid>/file/", original.download_original, name="upload_file"),
    path("imports/<uuid:uuid>/again/", original.read_again, name="upload_again"),
    path("imports/<uuid:uuid>/progress/", upload.show_progress, name="upload_progress"),
    path("imports/<uuid:uuid>/confirm/", upload.confirm_upload, name="upload_confirm"),
    path("imports/<uuid:uuid>/cancel/", upload.cancel_upload, name="upload_cancel"),
    path("imports/<uuid:uuid>/without/", batch.go_without, name="upload_without"),
    path("imports/<uuid:uuid>/undo/", undo.undo_upload, name="upload_undo"),
    path("imports/<uuid:uuid>/rejects.csv", rejects.download_rejects, name="upload_rejects"),
    path("imports/<uuid:uuid>/quality/<slug:key>/", quality_rows.show_rows, name="upload_quality"),
    path(
        "imports/<uuid:uuid>/quality/<slug:key>.csv", quality_rows.export_rows, name="upload_quality_export"
    ),
    path("data-quality/", quality.show_quality, name="quality"),
    path("data-quality/check/", quality.measure_quality, name="quality_measure"),
    path("data-quality/persons/", persons.show_persons, name="persons"),
    path("data-quality/persons/decide/", persons.decide, name="person_decide"),
    path("data-quality/persons/<int:pk>/take-back/", persons.take_back, name="person_take_back"),
    path("data-quality/rows/<slug:key>/", quality_rows.show_rows, name="quality_rows"),
    path("data-quality/rows/<slug:key>.csv", quality_rows.export_rows, name="quality_export"),
    path("calculations/", runs.list_runs, name="runs"),
    path("calculations/<int:pk>/progress/", runs.show_progress, name="run_progress"),
    path("calculations/recalculate/", runs.recalculate, name="recalculate"),
    path("settings/", settings_page, name="settings"),
    path("users/", people.list_users, name="users"),
    path("users/add/", people.add_user, name="user_add"),
    path("users/<int:pk>/", people.edit_user, name="user_edit"),
    path("users/<int:pk>/password/", people.reset_password, name="user_password"),
]
