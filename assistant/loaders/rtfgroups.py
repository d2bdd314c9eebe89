"""Characters of RTF: its tokens, code pages and the groups that hold no text."""

import re

from assistant.loaders.encoding import known_encoding

TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.DOTALL
)
SIGNS = {
    "tab": "\t", "line": " ", "lbr": " ", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
ESCAPED = {"~": "\u00a0", "_": "-", "-": "", "\\": "\\", "{": "{", "}": "}"}
UNSEEN = frozenset(
    "colortbl pict objdata objclass objname header headerl headerr headerf footer footerl footerr footerf fldinst"
    " nonshppict listtable listoverridetable revtbl rsidtbl generator xmlnstbl themedata colorschememapping"
    " latentstyles datastore datafield filetbl template fontemb fontfile panose falt pnseclvl bkmkstart bkmkend"
    " annotation atnid atnauthor atnref atnicn atntime atrfstart atrfend tc xe rxe txe sp sn sv private mmath"
    " passwordhash userprops docvar factoidname listpicture pgdsctbl background pgptbl blipuid picprop keycode"
    " operator company comment doccomm hlinkbase manager category subject keywords buptim printim revtim version"
    " vern edmins nofpages nofwords nofchars nofcharsws id wgrffmtfilter formfield ftnsep ftnsepc aftnsep aftnsepc"
    " ftncn aftncn".split()
)
"""Groups that hold no text of the document."""
KEPT = frozenset("fonttbl stylesheet info footnote listtext pntext".split())
"""Groups whose text goes elsewhere than into the paragraph."""
KNOWN = frozenset("shpinst shptxt fldrslt result shppict do dptxbxtext nesttableprops".split())
"""Groups marked as ignorable (``\\*``) that are gone into all the same."""
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_PAGES = {10000: "mac-roman", 936: "gb18030", 65001: "utf-8", 1361: "johab"}


def charset(number: int) -> str | None:
    """Return the encoding of a font's character set, None where it names none (symbols, default)."""
    return _CHARSETS.get(number)


def code_page(number: int) -> str:
    """Return the encoding of a Windows code page."""
    return _PAGES.get(number) or known_encoding(f"cp{number}") or "cp1252"
