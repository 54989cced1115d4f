"""The only package that speaks to PostgreSQL: ``projection`` writes what events say, ``reading`` answers pages."""
