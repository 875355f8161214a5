"""From a shop's CSV file to facts: detect, map, stage, merge. Start reading at ``pipeline``."""
