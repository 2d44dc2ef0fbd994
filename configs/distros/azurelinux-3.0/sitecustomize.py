"""/etc/python3.11/sitecustomize.py of the root that packages of Azure Linux are built in: python is Debian's, but
modules go where every other distribution has them (site-packages), and are found there."""

import os
import site
import sysconfig

_SCHEMES = {"prefix": "posix_prefix", "home": "posix_home", "user": "posix_user"}
sysconfig._get_preferred_schemes = lambda: _SCHEMES
# Debian's setuptools takes this one, in /usr/local, for whoever names no prefix.
sysconfig._INSTALL_SCHEMES["posix_local"] = sysconfig._INSTALL_SCHEMES["posix_prefix"]
site.addsitedir("/usr/lib/python3.11/site-packages")

# Debian's own distutils knows of no other place than its own; that of setuptools asks sysconfig.
os.environ.setdefault("SETUPTOOLS_USE_DISTUTILS", "local")
try:
    import _distutils_hack

    if os.environ["SETUPTOOLS_USE_DISTUTILS"] == "local":
        _distutils_hack.add_shim()
except ImportError:
    pass
