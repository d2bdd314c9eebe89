"""Every string of the web chat, in the languages of its interface."""

import re
from dataclasses import dataclass

from assistant.phrases import LANGUAGES
from assistant.web.organiser_words import FEEDBACK_WORDS, LOGIN_WORDS, ORGANISER_WORDS

NAMES = {"en": "English", "ur": "اردو", "zh": "中文"}

_WORDS: dict[str, tuple[str, str, str]] = {
    "title": ("Programme Assistant", "پروگرام معاون", "培训项目助手"),
    "short_title": ("Assistant", "معاون", "助手"),
    "tagline": (
        "Ask about the training programme. Every sentence of an answer is quoted from a document, "
        "and one click away from its place there.",
        "تربیتی پروگرام کے بارے میں پوچھیے۔ جواب کا ہر جملہ کسی دستاویز سے نقل ہوتا ہے، "
        "اور ایک کلک میں اپنی اصل جگہ پر کھل جاتا ہے۔",
        "请就培训项目提问。答案的每一句都引自文件，点击即可看到它在原文中的位置。",
    ),
    "skip": ("Skip to the question", "سوال کے خانے پر جائیں", "跳到提问框"),
    "settings": ("Settings", "ترتیبات", "设置"),
    "language": ("Language", "زبان", "语言"),
    "theme_system": ("Colours: auto", "رنگ: خودکار", "配色：自动"),
    "theme_light": ("Colours: light", "رنگ: روشن", "配色：浅色"),
    "theme_dark": ("Colours: dark", "رنگ: گہرے", "配色：深色"),
    "new": ("New chat", "نئی گفتگو", "新对话"),
    "history": ("History", "پچھلی گفتگو", "历史"),
    "history_note": (
        "Kept in this browser only.",
        "صرف اسی براؤزر میں محفوظ ہے۔",
        "仅保存在此浏览器中。",
    ),
    "forget": ("Delete “{title}”", "«{title}» مٹائیں", "删除“{title}”"),
    "forget_all": ("Delete all", "سب مٹائیں", "全部删除"),
    "forget_sure": (
        "Delete this conversation from the browser?",
        "کیا یہ گفتگو براؤزر سے مٹا دی جائے؟",
        "要从浏览器中删除这段对话吗？",
    ),
    "forget_all_sure": (
        "Delete all conversations from this browser?",
        "کیا ساری گفتگو اس براؤزر سے مٹا دی جائے؟",
        "要从此浏览器中删除所有对话吗？",
    ),
    "delete": ("Delete", "مٹائیں", "删除"),
    "export": ("Save chat", "محفوظ کریں", "保存对话"),
    "export_markdown": ("As Markdown", "مارک ڈاؤن میں", "存为 Markdown"),
    "export_html": ("As a web page", "ویب صفحے کے طور پر", "存为网页"),
    "export_print": ("Print, or save as PDF", "چھاپیں یا PDF بنائیں", "打印或存为 PDF"),
    "conversation": ("Conversation", "گفتگو", "对话"),
    "question_label": ("Your question", "آپ کا سوال", "您的问题"),
    "question_hint": (
        "Enter sends, Shift+Enter starts a new line",
        "بھیجنے کے لیے Enter، نئی سطر کے لیے Shift+Enter",
        "按 Enter 发送，按 Shift+Enter 换行",
    ),
    "ask": ("Ask", "پوچھیں", "提问"),
    "stop": ("Stop", "روکیں", "停止"),
    "retry": ("Ask again", "دوبارہ پوچھیں", "重新提问"),
    "edit": ("Edit", "ترمیم", "修改"),
    "editing": (
        "You are editing an earlier question; asking it removes what came after.",
        "آپ پہلے کا سوال بدل رہے ہیں؛ پوچھنے پر اس کے بعد کی گفتگو ہٹ جائے گی۔",
        "正在修改之前的问题；提问后，其后的内容将被删除。",
    ),
    "cancel": ("Cancel", "منسوخ", "取消"),
    "copy_markdown": ("Copy as Markdown", "مارک ڈاؤن نقل کریں", "复制为 Markdown"),
    "copy_text": ("Copy with footnotes", "حواشی کے ساتھ نقل کریں", "复制（带脚注）"),
    "copied": ("Copied.", "نقل ہو گیا۔", "已复制。"),
    "not_copied": ("The browser did not allow copying.", "براؤزر نے نقل کی اجازت نہیں دی۔", "浏览器不允许复制。"),
    "link": ("Copy a link", "لنک نقل کریں", "复制链接"),
    "why": ("Why this answer?", "یہ جواب کیوں؟", "为什么是这个答案？"),
    "why_intro": (
        "These passages were found for the question, the best first. Only their sentences can be quoted.",
        "سوال کے لیے یہ اقتباسات ملے، بہترین پہلے۔ صرف انھی کے جملے نقل ہو سکتے ہیں۔",
        "以下是针对问题找到的段落，最相关的在前。答案只能引用其中的句子。",
    ),
    "why_answered": (
        "Answered: the confidence, {confidence}%, is at least {threshold}%.",
        "جواب دیا گیا: اعتماد {confidence}% ہے، جو کم از کم {threshold}% ہونا چاہیے۔",
        "已回答：把握为 {confidence}%，不低于 {threshold}%。",
    ),
    "why_refused": (
        "Refused: the confidence, {confidence}%, is below {threshold}%.",
        "جواب نہیں دیا گیا: اعتماد {confidence}% ہے، جو {threshold}% سے کم ہے۔",
        "未回答：把握为 {confidence}%，低于 {threshold}%。",
    ),
    "why_absent": (
        "Refused: a document says expressly that this is not known.",
        "جواب نہیں دیا گیا: ایک دستاویز صاف کہتی ہے کہ یہ معلوم نہیں۔",
        "未回答：有文件明确指出这一点不详。",
    ),
    "why_talk": (
        "The assistant answered this itself, without the documents.",
        "اس کا جواب معاون نے خود دیا، دستاویزات کے بغیر۔",
        "这是助手自己的回答，没有用到文件。",
    ),
    "why_passages": ("Passages considered", "زیرِ غور اقتباسات", "考虑过的段落"),
    "why_sentences": (
        "Sentences that most likely answer",
        "وہ جملے جو غالباً جواب دیتے ہیں",
        "最可能回答问题的句子",
    ),
    "why_quoted": ("quoted", "نقل کیا گیا", "已引用"),
    "why_meaning": ("likeness of meaning {value}", "معنی کی مشابہت {value}", "语义相似度 {value}"),
    "why_words": ("common words {value}", "مشترک الفاظ {value}", "词语匹配 {value}"),
    "why_fused": ("together {value}", "مجموعی {value}", "综合 {value}"),
    "why_read": ("read: {value}% likely to answer", "پڑھنے پر: جواب کا امکان {value}%", "阅读判断：{value}% 可能回答"),
    "dropped": (
        "Sentences left out, as the documents do not bear them out: {count}",
        "چھوڑے گئے جملے، جن کی تصدیق دستاویزات نہیں کرتیں: {count}",
        "略去 {count} 句：文件未能证实",
    ),
    "verified": (
        "Written by the language model {engine}; {verified} of {all} sentences verified and shown",
        "زبان کے ماڈل {engine} کا لکھا ہوا؛ {all} میں سے {verified} جملوں کی تصدیق ہوئی اور وہ دکھائے گئے",
        "由语言模型 {engine} 撰写；{all} 句中有 {verified} 句经核实并显示",
    ),
    "comma": (", ", "، ", "，"),
    "stop_mark": (". ", "۔ ", "。"),
    "examples": ("Questions to begin with", "ابتدا کے لیے سوالات", "可以先问这些问题"),
    "followups": ("You could ask next", "آگے یہ پوچھ سکتے ہیں", "接着可以问"),
    "verdict_answered": ("Answered", "جواب موجود ہے", "已回答"),
    "verdict_partial": ("Partly answered", "جزوی جواب", "部分回答"),
    "verdict_not_covered": ("Not in the documents", "دستاویزات میں نہیں", "文件中没有"),
    "confidence": (
        "Confidence that the documents answer this: {likely}, {percent}%",
        "اعتماد کہ جواب دستاویزات میں ہے: {likely}، {percent}%",
        "文件能够回答的把握：{likely}，{percent}%",
    ),
    "likely_4": ("very high", "بہت زیادہ", "很高"),
    "likely_3": ("high", "زیادہ", "较高"),
    "likely_2": ("middling", "درمیانہ", "中等"),
    "likely_1": ("low", "کم", "较低"),
    "likely_0": ("very low", "بہت کم", "很低"),
    "understood": ("Understood as:", "یوں سمجھا گیا:", "理解为："),
    "correct": ("Correct this", "درست کریں", "更正"),
    "sources": ("Sources", "ماخذ", "来源"),
    "evidence": ("Evidence", "ثبوت", "依据"),
    "documents": ("Documents", "دستاویزات", "文件"),
    "documents_count": ("{count} documents", "{count} دستاویزات", "共 {count} 份文件"),
    "manage": ("Add, replace or delete documents", "دستاویزات شامل کریں، بدلیں یا ہٹائیں", "添加、替换或删除文件"),
    "documents_hint": (
        "Open one to read it. Tick some to ask in those alone.",
        "پڑھنے کے لیے کھولیں۔ صرف چند میں پوچھنے کے لیے نشان لگائیں۔",
        "点击可阅读；勾选后只在所选文件中提问。",
    ),
    "only_in": (
        "Asking only in {count} ticked documents",
        "صرف {count} نشان زد دستاویزات میں تلاش",
        "只在勾选的 {count} 份文件中提问",
    ),
    "only_in_one": ("Asking only in: {title}", "صرف اس میں تلاش: {title}", "只在此文件中提问：{title}"),
    "all_documents": ("Ask in all", "سب میں پوچھیں", "在全部文件中提问"),
    "tick": ("Ask in “{title}”", "«{title}» میں پوچھیں", "在《{title}》中提问"),
    "back": ("Back to the answer", "جواب پر واپس", "回到答案"),
    "close": ("Close", "بند کریں", "关闭"),
    "previous": ("Previous", "پچھلا", "上一处"),
    "next": ("Next", "اگلا", "下一处"),
    "position": ("Citation {number} of {count}", "حوالہ {number} از {count}", "第 {number} 处引用，共 {count} 处"),
    "as_text": ("Text", "متن", "文字"),
    "as_page": ("Page as printed", "چھپا ہوا صفحہ", "原页面"),
    "previous_page": ("Previous page", "پچھلا صفحہ", "上一页"),
    "next_page": ("Next page", "اگلا صفحہ", "下一页"),
    "page_picture": ("Page {number} of “{title}”", "«{title}» کا صفحہ {number}", "《{title}》第 {number} 页"),
    "page_boxed": ("with the quoted sentence boxed", "نقل شدہ جملہ خانے میں", "引文已框出"),
    "page": ("page {number}", "صفحہ {number}", "第 {number} 页"),
    "page_printed": (
        "page {number} (printed {label})",
        "صفحہ {number} (چھپا ہوا نمبر {label})",
        "第 {number} 页（印刷页码 {label}）",
    ),
    "slide": ("slide {number}", "سلائیڈ {number}", "第 {number} 张幻灯片"),
    "pages": ("{count} pages", "{count} صفحات", "{count} 页"),
    "slides": ("{count} slides", "{count} سلائیڈیں", "{count} 张幻灯片"),
    "dated": ("of {date}", "بتاریخ {date}", "日期：{date}"),
    "shortened": (
        "The document is long; this is the part around the place.",
        "دستاویز طویل ہے؛ یہ اس جگہ کے آس پاس کا حصہ ہے۔",
        "文件较长，这里只显示该处前后的部分。",
    ),
    "file_current": ("up to date", "تازہ ترین", "最新"),
    "file_changed": (
        "the file has changed since it was read",
        "پڑھے جانے کے بعد فائل بدل گئی ہے",
        "读取后文件已改动",
    ),
    "file_gone": ("the file is no longer there", "فائل اب موجود نہیں", "文件已不存在"),
    "file_inside": ("came in another file", "ایک اور فائل کے اندر تھا", "包含在另一个文件中"),
    "near_duplicate": (
        "says nearly the same as another document",
        "ایک اور دستاویز سے تقریباً یکساں",
        "与另一份文件内容几乎相同",
    ),
    "language_en": ("English", "انگریزی", "英文"),
    "language_ur": ("Urdu", "اردو", "乌尔都文"),
    "language_zh": ("Chinese", "چینی", "中文"),
    "kind_pdf": ("PDF", "PDF", "PDF"),
    "kind_word": ("Word document", "ورڈ دستاویز", "Word 文档"),
    "kind_slides": ("Slides", "سلائیڈیں", "幻灯片"),
    "kind_sheet": ("Spreadsheet", "اسپریڈ شیٹ", "电子表格"),
    "kind_page": ("Web page", "ویب صفحہ", "网页"),
    "kind_mail": ("E-mail", "ای میل", "电子邮件"),
    "kind_text": ("Text", "متن", "文本"),
    "loading": (
        "The documents are being opened; type your question already, it will be answered as soon as they are.",
        "دستاویزات کھل رہی ہیں؛ آپ سوال لکھ سکتے ہیں، کھلتے ہی جواب ملے گا۔",
        "正在打开文件；您可以先输入问题，打开后立即回答。",
    ),
    "stage_reading": (
        "Reading the documents: {done} of {total}",
        "دستاویزات پڑھی جا رہی ہیں: {total} میں سے {done}",
        "正在读取文件：{done} / {total}",
    ),
    "stage_embedding": (
        "Indexing the documents: {done} of {total} passages",
        "فہرست بن رہی ہے: {total} میں سے {done} اقتباسات",
        "正在建立索引：{done} / {total} 段",
    ),
    "link_older": (
        "The documents have changed since this link was made; the answer is today’s.",
        "یہ لنک بننے کے بعد دستاویزات بدل گئی ہیں؛ جواب آج کا ہے۔",
        "此链接生成后文件已有变动；以下为当前答案。",
    ),
    "ready": ("Ready.", "تیار ہے۔", "已就绪。"),
    "searching": ("Searching the documents …", "دستاویزات میں تلاش جاری ہے …", "正在查找文件……"),
    "stopped": ("Stopped.", "روک دیا گیا۔", "已停止。"),
    "lost": (
        "The server does not answer; check that it is running, then ask again.",
        "سرور جواب نہیں دے رہا؛ دیکھیں کہ وہ چل رہا ہے، پھر دوبارہ پوچھیں۔",
        "服务器没有响应；请确认它在运行，然后重新提问。",
    ),
    "gone": (
        "This place can't be opened: the documents have changed since the answer. Ask again.",
        "یہ جگہ نہیں کھل سکتی: جواب کے بعد دستاویزات بدل گئی ہیں۔ دوبارہ پوچھیں۔",
        "无法打开该处：回答之后文件已有变动。请重新提问。",
    ),
    **LOGIN_WORDS,
    **ORGANISER_WORDS,
    **FEEDBACK_WORDS,
}
_QUALITY = re.compile(r";\s*q=([01](?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Words:
    """The strings of one language: ``words("page", number=3)``."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """Return a string with its places filled."""
        return _WORDS[key][LANGUAGES.index(self.language)].format(**values)

    @property
    def direction(self) -> str:
        """Which way the language runs: ``ltr`` or ``rtl``."""
        return "rtl" if self.language == "ur" else "ltr"

    def language_name(self, code: str) -> str:
        """Return the name of a document's language, its code where there is no name for it."""
        return self(f"language_{code}") if f"language_{code}" in _WORDS else code

    def plain(self) -> dict[str, str]:
        """Return all strings as they stand, places unfilled, for the page's scripts."""
        return {key: versions[LANGUAGES.index(self.language)] for key, versions in _WORDS.items()}


def words_for(language: str) -> Words:
    """Return the words of a language, English for one that the interface does not speak."""
    return Words(language if language in LANGUAGES else "en")


def preferred(chosen: str | None, remembered: str | None, accepted: str) -> str:
    """Return the interface's language: chosen now, else remembered, else the browser's most wanted that we speak."""
    for candidate in (chosen, remembered):
        if candidate in LANGUAGES:
            return str(candidate)
    wanted = []
    for place, entry in enumerate(accepted.split(",")):
        quality = _QUALITY.search(entry)
        wanted.append((-float(quality[1]) if quality else -1.0, place, entry.split(";")[0].strip().lower()[:2]))
    return next((code for _, _, code in sorted(wanted) if code in LANGUAGES), "en")
