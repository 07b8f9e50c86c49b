"""What fills the placeholders of config/asterisk, unless --set or the environment (RINGSIDE_PBX_<NAME>) does."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

DEFAULTS = {
    # the manager interface
    "AMI_BIND": "127.0.0.1",
    "AMI_PORT": "5038",
    "AMI_PERMIT": "127.0.0.1/255.255.255.255",
    # SIP, and the browser phones' websocket
    "SIP_BIND": "127.0.0.1",
    "SIP_PORT": "5060",
    "HTTP_BIND": "127.0.0.1",
    "HTTP_PORT": "8088",
    "RTP_START": "10000",
    "RTP_END": "10999",
    # where Ringside's FastAGI server is; AGI_2 is host:port of a second one, or nothing
    "AGI_HOST": "127.0.0.1",
    "AGI_PORT": "4573",
    "AGI_2": "",
    # the provider's line
    "TRUNK_HOST": "127.0.0.1",
    "TRUNK_PORT": "5080",
    # the signalling addresses of a cloud whose callers are taken to our phones, apart from the trunk's; here: nobody's
    "CLOUD_HOST": "127.0.0.3",
    "COMPANY_NUMBER": "+35921234567",
    "SYSTEM_NAME": "",
}


def chosen() -> dict[str, str]:
    """Return the values with what the environment says."""
    return {name: os.environ.get(f"RINGSIDE_PBX_{name}", value) for name, value in DEFAULTS.items()}
