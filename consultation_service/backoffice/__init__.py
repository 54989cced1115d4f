"""The back office: what an administration does, without a shell. A request goes through ``desk.py`` to a page."""
