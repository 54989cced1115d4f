"""The page that says who knows what."""

import re

import pytest

from tests.harness import EnvironmentOf
from tests.integration.gateway.stage import running

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("root", "limit"), [("", "achat de voix"), ("/en", "bought votes")])
async def test_it_has_a_picture_a_table_and_limits(root: str, limit: str, environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        page = (await gateway.client.get(f"{root}/protection")).text
        assert 'role="img" aria-labelledby="wall-title wall-text"' in page
        assert page.count('scope="rowgroup"') == 5
        assert limit in page
        assert not re.search(r"\sstyle=|<style|\son\w+=", page)
        assert f'href="{root}/protection"' in (await gateway.client.get(f"{root}/open-data")).text
