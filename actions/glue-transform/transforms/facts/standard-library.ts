import type { PythonVersion } from './glue-versions.ts';

/** Top-level modules of the standard library in every Python that Glue uses. */
const EVERY = `__future__ _thread abc antigravity argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2
  cProfile calendar cmath cmd code codecs codeop collections colorsys compileall concurrent configparser contextlib
  contextvars copy copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis doctest email encodings
  ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt
  getpass gettext glob grp gzip hashlib heapq hmac html http idlelib imaplib importlib inspect io ipaddress
  itertools json keyword linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder msvcrt
  multiprocessing netrc ntpath nturl2path numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil
  platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat
  queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex
  shutil signal site smtplib socket socketserver sqlite3 sre_compile sre_constants sre_parse ssl stat statistics
  string stringprep struct subprocess symtable sys sysconfig syslog tabnanny tarfile tempfile termios textwrap this
  threading time timeit tkinter token tokenize trace traceback tracemalloc tty turtle turtledemo types typing
  unicodedata unittest urllib uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xml xmlrpc zipapp
  zipfile zipimport zlib`;

/** The others, by the Pythons that have them. */
const SOME: Readonly<Record<PythonVersion, string>> = {
  '3.7': `aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils dummy_threading formatter imghdr imp lib2to3
    macpath mailcap msilib nis nntplib ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol telnetlib test uu
    xdrlib xxlimited`,
  '3.10': `aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils graphlib imghdr imp lib2to3 mailcap msilib nis
    nntplib nt ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib zoneinfo`,
  '3.11': `aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils graphlib imghdr imp lib2to3 mailcap msilib nis
    nntplib nt ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib tomllib uu xdrlib zoneinfo`,
  '3.13': `graphlib nt tomllib zoneinfo`,
};

/**
 * The public modules of a Python's standard library. Sources: `sys.stdlib_module_names` (3.10 and later), and for 3.7 the
 * list of the package stdlib-list.
 */
export const STANDARD_LIBRARY: Readonly<Record<PythonVersion, ReadonlySet<string>>> = {
  '3.7': modules('3.7'),
  '3.10': modules('3.10'),
  '3.11': modules('3.11'),
  '3.13': modules('3.13'),
};

function modules(python: PythonVersion): ReadonlySet<string> {
  return new Set([...EVERY.split(/\s+/), ...SOME[python].trim().split(/\s+/)]);
}
