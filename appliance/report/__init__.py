"""What mastering did to a set, as a page for the band, a sheet for the engineer, a table and JSON."""

from appliance.report.foh import foh_sheet
from appliance.report.model import MasteredSet, SetWarning
from appliance.report.page import report_page
from appliance.report.rows import SongRow, song_row
from appliance.report.tables import csv_table, json_report

__all__ = [
    "MasteredSet",
    "SetWarning",
    "SongRow",
    "csv_table",
    "foh_sheet",
    "json_report",
    "report_page",
    "song_row",
]
