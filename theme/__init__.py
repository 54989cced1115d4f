"""Tools that make the files of a theme when Cloison is built or installed; nothing here runs in a service."""
