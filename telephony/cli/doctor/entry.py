"""Gets the doctor into Asterisk's manager interface, or says why not and what to mend."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from telephony.cli.doctor.ami import Limits, NotAsteriskError, Talk, talk
from telephony.cli.doctor.finding import fail
from telephony.errors import CarrierError, CarrierRefusedError
from telephony.settings import Configuration
from telephony.settings.sections import AsteriskSection

ANSWER_LIMIT_S = 5.0


class NotInError(CarrierError):
    """We do not get in; `finding` says why."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.finding = fail("ami", what, mend)


@asynccontextmanager
async def logged_in(configured: Configuration) -> AsyncIterator[Talk]:
    """Give a connection that is logged in. Raises NotInError with what to mend."""
    async with AsyncExitStack() as stack:
        asterisk = configured.settings.carriers.asterisk
        limits = Limits(connect_s=asterisk.connect_limit_s, answer_s=min(asterisk.action_limit_s, ANSWER_LIMIT_S))
        try:
            opened = await stack.enter_async_context(talk(asterisk.host, asterisk.port, limits))
        except (OSError, CarrierError) as error:
            raise _not_in(asterisk, error) from None
        await _log_in(opened, configured)
        yield opened


def _not_in(asterisk: AsteriskSection, error: Exception) -> NotInError:
    where = f"{asterisk.host}:{asterisk.port}"
    match error:
        case ConnectionRefusedError():
            return NotInError(
                f"nothing listens at {where}",
                "start Asterisk; in manager.conf [general] set enabled=yes, and bindaddr and port as in our settings",
            )
        case TimeoutError():
            return NotInError(
                f"{where} does not answer", "check carriers.asterisk.host and the firewall between us and it"
            )
        case NotAsteriskError():
            return NotInError(
                f"{where} is not Asterisk's manager: it says {error.greeting!r}", "correct carriers.asterisk.port"
            )
        case CarrierError():
            return NotInError(
                f"{where}: {error}",
                "correct carriers.asterisk.port; does Asterisk hang? (asterisk -rx 'core show uptime')",
            )
        case _:
            return NotInError(f"{where} cannot be reached: {error}", "correct carriers.asterisk.host")


async def _log_in(opened: Talk, configured: Configuration) -> None:
    asterisk = configured.settings.carriers.asterisk
    if not configured.secrets.ami_secret:
        raise NotInError(
            "no secret for the manager user is set",
            f"put RINGSIDE_AMI_SECRET into the environment or {configured.env_file.name}, as in manager.conf",
        )
    try:
        await opened.ask("Login", Username=asterisk.username, Secret=configured.secrets.ami_secret, Events="on")
    except CarrierRefusedError as error:
        raise NotInError(
            f"Asterisk refuses the manager user {asterisk.username}: {error}",
            f"in manager.conf, section [{asterisk.username}]: secret as RINGSIDE_AMI_SECRET, and permit= this "
            "machine's address; then `asterisk -rx 'manager reload'`",
        ) from None
    except CarrierError as error:
        raise NotInError(
            f"Asterisk does not answer the login: {error}", "does Asterisk hang? look at its log"
        ) from None
