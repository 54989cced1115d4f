"""Everything that this service asks PostgreSQL: the only package that imports asyncpg, one module per noun."""
