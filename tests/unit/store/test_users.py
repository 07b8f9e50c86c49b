"""Who may log in, and who is logged in."""

from datetime import timedelta

import pytest

from telephony.ports import Role, User
from telephony.store.database import Database
from telephony.store.faults import StoreRefusedError
from telephony.store.sessions import StoredSessions
from telephony.store.users import StoredUsers
from tests.unit.store.calls import NOON, agent

MARIA = User(
    login="maria", name="Maria", role=Role.AGENT, password_hash="$argon2id$...", agent=agent(), sip_password="secret"
)
BORIS = User(login="boris", name="Boris", role=Role.SUPERVISOR, password_hash="$argon2id$...")


async def test_a_user_comes_back_as_added(database: Database) -> None:
    users = StoredUsers(database)
    await users.add_user(MARIA)
    await users.add_user(BORIS)
    await users.add_user(MARIA)
    assert await users.get("maria") == MARIA
    assert await users.get("boris") == BORIS
    assert await users.get("nobody") is None
    assert await users.agents() == [MARIA.agent]


async def test_two_users_cannot_be_one_agent(database: Database) -> None:
    users = StoredUsers(database)
    await users.add_user(MARIA)
    with pytest.raises(StoreRefusedError):
        await users.add_user(User(login="other", name="Other", role=Role.AGENT, password_hash="", agent=agent()))


async def test_a_session_lasts_until_its_end_or_log_out(database: Database) -> None:
    await StoredUsers(database).add_user(MARIA)
    sessions = StoredSessions(database)
    await sessions.open("hash", "maria", NOON + timedelta(hours=1))
    assert await sessions.login_of("hash", NOON) == "maria"
    assert await sessions.login_of("hash", NOON + timedelta(hours=1)) is None
    assert await sessions.login_of("another", NOON) is None
    await sessions.close("hash")
    await sessions.close("hash")
    assert await sessions.login_of("hash", NOON) is None


async def test_expired_sessions_are_forgotten_and_valid_ones_kept(database: Database) -> None:
    await StoredUsers(database).add_user(MARIA)
    sessions = StoredSessions(database)
    await sessions.open("old", "maria", NOON)
    await sessions.open("new", "maria", NOON + timedelta(hours=1))
    await sessions.forget_expired(NOON)
    assert await sessions.login_of("old", NOON - timedelta(hours=1)) is None
    assert await sessions.login_of("new", NOON) == "maria"


async def test_a_changed_password_logs_out_everywhere(database: Database) -> None:
    users, sessions = StoredUsers(database), StoredSessions(database)
    await users.add_user(MARIA)
    await sessions.open("hash", "maria", NOON + timedelta(hours=1))
    assert await users.set_password_hash("maria", "new")
    assert await sessions.login_of("hash", NOON) is None
    changed = await users.get("maria")
    assert changed is not None
    assert changed.password_hash == "new"
    assert not await users.set_password_hash("nobody", "new")
