"""The strings of the login, the organiser's side and feedback, in English, Urdu and Chinese."""

LOGIN_WORDS = {
    "login": ("Log in", "داخل ہوں", "登录"),
    "logout": ("Log out", "باہر نکلیں", "退出登录"),
    "password": ("Password", "پاس ورڈ", "密码"),
    "login_hint": (
        "The password was given to you by those who run this assistant.",
        "پاس ورڈ آپ کو اس معاون کے منتظمین نے دیا ہے۔",
        "密码由本助手的管理者提供。",
    ),
    "login_wrong": ("This password is not right.", "یہ پاس ورڈ درست نہیں۔", "密码不正确。"),
    "login_wait": (
        "Too many wrong passwords; try again in {seconds} seconds.",
        "بہت بار غلط پاس ورڈ دیا گیا؛ {seconds} سیکنڈ بعد دوبارہ کوشش کریں۔",
        "密码错误次数过多，请在 {seconds} 秒后重试。",
    ),
}
ORGANISER_WORDS = {
    "organiser": ("Organiser’s side", "منتظم کا صفحہ", "管理页面"),
    "to_chat": ("To the chat", "گفتگو پر جائیں", "前往对话"),
    "skip_content": ("Skip to the content", "مواد پر جائیں", "跳到内容"),
    "upload_title": ("Add documents", "دستاویزات شامل کریں", "添加文件"),
    "upload_drop": ("Drop files here, or", "فائلیں یہاں چھوڑیں، یا", "将文件拖到这里，或"),
    "upload_choose": ("choose files", "فائلیں چنیں", "选择文件"),
    "upload_limits": (
        "At most {size} MB each, and {count} files between two builds. PDF, Word, PowerPoint, Excel, OpenDocument, "
        "web pages, mail, books, text, and pictures of pages.",
        "ہر فائل زیادہ سے زیادہ \u2066{size} MB\u2069، اور دو تعمیروں کے درمیان {count} فائلیں۔ PDF، Word، PowerPoint، "
        "Excel، OpenDocument، ویب صفحات، ای میل، کتابیں، متن اور صفحات کی تصویریں۔",
        "每个文件不超过 {size} MB，两次构建之间最多 {count} 个文件。可用 PDF、Word、PowerPoint、Excel、OpenDocument、"
        "网页、邮件、电子书、文本和页面图片。",
    ),
    "upload_waiting": ("waiting", "منتظر", "等待中"),
    "upload_sent": ("{percent} % sent", "\u2066{percent} %\u2069 بھیجا گیا", "已发送 {percent} %"),
    "upload_checking": ("being checked", "جانچ ہو رہی ہے", "正在检查"),
    "upload_stored": (
        "stored as {name}; searched after the next build",
        "{name} کے نام سے محفوظ؛ اگلی تعمیر کے بعد تلاش میں آئے گی",
        "已存为 {name}；下次构建后可检索",
    ),
    "upload_lost": (
        "not stored: the connection broke off; upload it again",
        "محفوظ نہیں ہوئی: رابطہ ٹوٹ گیا؛ دوبارہ بھیجیں",
        "未保存：连接中断，请重新上传",
    ),
    "upload_too_large": (
        "not stored: it is larger than {size} MB; split it or make it smaller",
        "محفوظ نہیں ہوئی: \u2066{size} MB\u2069 سے بڑی ہے؛ اسے تقسیم یا چھوٹا کریں",
        "未保存：超过 {size} MB，请拆分或缩小",
    ),
    "upload_too_many": (
        "not stored: {count} files wait for the build already; build first, then go on",
        "محفوظ نہیں ہوئی: {count} فائلیں پہلے ہی تعمیر کی منتظر ہیں؛ پہلے تعمیر کریں",
        "未保存：已有 {count} 个文件等待构建，请先构建再继续",
    ),
    "upload_busy": (
        "not stored: too many uploads at once; try again",
        "محفوظ نہیں ہوئی: ایک ساتھ بہت زیادہ فائلیں آ رہی ہیں؛ دوبارہ کوشش کریں",
        "未保存：同时上传过多，请重试",
    ),
    "upload_no_room": (
        "not stored: the disk is nearly full; make room on it",
        "محفوظ نہیں ہوئی: ڈسک تقریباً بھر چکی ہے؛ جگہ بنائیں",
        "未保存：磁盘空间不足，请清理",
    ),
    "upload_no_name": (
        "not stored: its name has no letters that a file can be called by; rename it",
        "محفوظ نہیں ہوئی: نام میں کوئی قابلِ استعمال حرف نہیں؛ نام بدلیں",
        "未保存：文件名中没有可用字符，请改名",
    ),
    "upload_taken": (
        "not stored: there is a document of this name already; replace that one, or rename the file",
        "محفوظ نہیں ہوئی: اس نام کی دستاویز موجود ہے؛ اسے تبدیل کریں یا فائل کا نام بدلیں",
        "未保存：已有同名文件，请替换它或改名",
    ),
    "upload_unknown": (
        "not stored: files of the kind “{kind}” can’t be read; save it as PDF, DOCX or text",
        "محفوظ نہیں ہوئی: «{kind}» قسم کی فائل نہیں پڑھی جا سکتی؛ PDF، DOCX یا متن میں محفوظ کریں",
        "未保存：无法读取“{kind}”类型的文件，请存为 PDF、DOCX 或文本",
    ),
    "upload_other_kind": (
        "not stored: its name says {named}, its content is {found}; give it the name of what it is, “….{found}”",
        "محفوظ نہیں ہوئی: نام {named} کہتا ہے مگر مواد {found} ہے؛ درست نام دیں، «….{found}»",
        "未保存：文件名表明是 {named}，内容却是 {found}；请改为正确的名称“….{found}”",
    ),
    "upload_unread": ("not stored: {reason}", "محفوظ نہیں ہوئی: {reason}", "未保存：{reason}"),
    "index_title": ("The index", "اشاریہ", "索引"),
    "index_note": (
        "Documents are searched once they are built into the index. Others can go on asking meanwhile: the old index "
        "answers until the new one is whole.",
        "دستاویزات اشاریے میں شامل ہونے کے بعد تلاش میں آتی ہیں۔ اس دوران دوسرے پوچھتے رہ سکتے ہیں: نیا اشاریہ مکمل "
        "ہونے تک پرانا جواب دیتا ہے۔",
        "文件构建到索引后才能被检索。构建期间他人可以继续提问：新索引完成之前由旧索引回答。",
    ),
    "index_fresh": ("The index is up to date.", "اشاریہ تازہ ترین ہے۔", "索引是最新的。"),
    "index_pending": (
        "Changes not in the index yet: {count}.",
        "اشاریے میں ابھی شامل نہ ہونے والی تبدیلیاں: {count}۔",
        "尚未进入索引的更改：{count}。",
    ),
    "build": ("Build now", "ابھی تعمیر کریں", "立即构建"),
    "rebuild": ("Build everything anew", "سب کچھ نئے سرے سے تعمیر کریں", "全部重新构建"),
    "building": ("Building", "تعمیر جاری ہے", "正在构建"),
    "stage_starting": ("starting", "آغاز", "启动"),
    "stage_reading": ("reading files", "فائلیں پڑھی جا رہی ہیں", "读取文件"),
    "stage_splitting": ("splitting into passages", "اقتباسات بنائے جا رہے ہیں", "切分段落"),
    "stage_embedding": ("learning their meaning", "معنی اخذ کیے جا رہے ہیں", "计算语义"),
    "stage_storing": ("storing", "محفوظ کیا جا رہا ہے", "保存"),
    "stage_opening": ("taking up the new index", "نیا اشاریہ کھولا جا رہا ہے", "启用新索引"),
    "progress": ("{stage}: {done} of {total}", "{stage}: {total} میں سے {done}", "{stage}：{done} / {total}"),
    "report_title": ("The last build", "آخری تعمیر", "上次构建"),
    "report_none": (
        "Nothing was built since the server started.",
        "سرور کے آغاز سے کوئی تعمیر نہیں ہوئی۔",
        "服务器启动以来尚未构建。",
    ),
    "report_sums": (
        "{documents} documents, {chunks} passages; {embedded} passages embedded in {seconds} s (generation "
        "{generation}).",
        "{documents} دستاویزات، {chunks} اقتباسات؛ {embedded} اقتباسات {seconds} سیکنڈ میں نئے (نسل {generation})۔",
        "{documents} 份文件，{chunks} 个段落；{seconds} 秒内新计算 {embedded} 个段落（第 {generation} 代）。",
    ),
    "report_error": (
        "The build ended without a new index; the old one goes on answering.",
        "تعمیر نئے اشاریے کے بغیر ختم ہوئی؛ پرانا اشاریہ جواب دیتا رہے گا۔",
        "构建结束但没有新索引；旧索引继续回答。",
    ),
    "report_added": ("Added", "شامل", "新增"),
    "report_updated": ("Updated", "تازہ", "更新"),
    "report_removed": ("Removed", "ہٹائی گئی", "移除"),
    "report_duplicates": ("Duplicates", "دوہری", "重复"),
    "report_failed": ("Not taken", "نہیں لی گئی", "未采用"),
    "report_unchanged": ("Unchanged: {count}", "غیر تبدیل شدہ: {count}", "未变：{count}"),
    "state_taken": ("in the index", "اشاریے میں", "已入索引"),
    "state_new": ("new, not built yet", "نئی، ابھی تعمیر نہیں ہوئی", "新文件，尚未构建"),
    "state_changed": ("changed, not built yet", "تبدیل شدہ، ابھی تعمیر نہیں ہوئی", "已更改，尚未构建"),
    "state_gone": (
        "deleted, but searched until the next build",
        "مٹا دی گئی، اگلی تعمیر تک تلاش میں",
        "已删除，下次构建前仍可检索",
    ),
    "state_duplicate": ("a duplicate", "دوہری", "重复"),
    "state_failed": ("not taken", "نہیں لی گئی", "未采用"),
    "replace": ("Replace", "تبدیل کریں", "替换"),
    "replace_one": ("Replace “{name}”", "«{name}» تبدیل کریں", "替换“{name}”"),
    "delete": ("Delete", "مٹائیں", "删除"),
    "delete_one": ("Delete “{name}”", "«{name}» مٹائیں", "删除“{name}”"),
    "delete_sure": (
        "Delete the file “{name}” for good? It is searched until the next build.",
        "فائل «{name}» ہمیشہ کے لیے مٹا دی جائے؟ اگلی تعمیر تک یہ تلاش میں رہے گی۔",
        "永久删除文件“{name}”？下次构建之前它仍可被检索。",
    ),
    "deleted": ("Deleted: {name}.", "مٹا دی گئی: {name}۔", "已删除：{name}。"),
    "delete_gone": (
        "There is no file of this name; it may have been deleted already.",
        "اس نام کی کوئی فائل نہیں؛ شاید پہلے ہی مٹا دی گئی ہے۔",
        "没有这个名称的文件，可能已被删除。",
    ),
    "disk_error": (
        "The documents’ folder can’t be written ({reason}); see to its permissions and its disk.",
        "دستاویزات کے فولڈر میں لکھا نہیں جا سکتا ({reason})؛ اجازتیں اور ڈسک دیکھیں۔",
        "无法写入文件夹（{reason}）；请检查权限和磁盘。",
    ),
    "session_over": (
        "Your login has ended; log in again.",
        "آپ کا داخلہ ختم ہو گیا؛ دوبارہ داخل ہوں۔",
        "登录已过期，请重新登录。",
    ),
}
FEEDBACK_WORDS = {
    "feedback_ask": ("Was this answer right?", "کیا یہ جواب درست تھا؟", "这个回答正确吗？"),
    "feedback_good": ("Good", "اچھا", "好"),
    "feedback_bad": ("Not good", "اچھا نہیں", "不好"),
    "feedback_reason": ("What is wrong with it?", "اس میں کیا غلط ہے؟", "问题在哪里？"),
    "reason_good": ("good", "اچھا", "好"),
    "reason_wrong": ("wrong", "غلط", "错误"),
    "reason_incomplete": ("incomplete", "نامکمل", "不完整"),
    "reason_citation": ("citation wrong", "حوالہ غلط", "引用有误"),
    "reason_refuse": ("should have been refused", "انکار ہونا چاہیے تھا", "本应拒答"),
    "feedback_comment": ("Comment (optional)", "تبصرہ (اختیاری)", "评论（可选）"),
    "feedback_send": ("Send", "بھیجیں", "发送"),
    "feedback_note": (
        "Question, answer and comment are kept for the organisers; no name is.",
        "سوال، جواب اور تبصرہ منتظمین کے لیے محفوظ ہوتے ہیں؛ کوئی نام نہیں۔",
        "问题、回答和评论会留给管理者，不记录姓名。",
    ),
    "feedback_thanks": (
        "Thank you; the organisers will see it.",
        "شکریہ؛ منتظمین اسے دیکھیں گے۔",
        "谢谢，管理者会看到。",
    ),
    "feedback_choose": ("Choose what is wrong first.", "پہلے چنیے کہ کیا غلط ہے۔", "请先选择问题所在。"),
    "feedback_title": ("Feedback", "آراء", "反馈"),
    "feedback_none": ("Nobody has said anything yet.", "ابھی تک کسی نے رائے نہیں دی۔", "还没有反馈。"),
    "feedback_count": ("{count} times", "{count} بار", "{count} 次"),
    "feedback_csv": ("Save as CSV", "CSV میں محفوظ کریں", "存为 CSV"),
    "feedback_questions": (
        "Save as a question file for assistant evaluate",
        "assistant evaluate کے لیے سوالات کی فائل",
        "存为 assistant evaluate 的问题文件",
    ),
    "plot_title": ("Feedback of the last 30 days", "گزشتہ 30 دن کی آراء", "最近 30 天的反馈"),
    "plot_said": (
        "{good} good and {bad} not good, from {first} to {last}.",
        "{first} سے {last} تک: {good} اچھے، {bad} اچھے نہیں۔",
        "{first} 至 {last}：好 {good} 次，不好 {bad} 次。",
    ),
    "plot_day": ("Day", "دن", "日期"),
    "plot_refused": ("Refused", "انکار", "拒答"),
    "unanswered_title": ("Unanswered questions", "لاجواب سوالات", "未能回答的问题"),
    "unanswered_note": (
        "Alike ones together, the most frequent first. They show which documents are wanting.",
        "ملتے جلتے اکٹھے، زیادہ پوچھے گئے پہلے۔ ان سے معلوم ہوتا ہے کہ کون سی دستاویزات کم ہیں۔",
        "相似的归为一组，最常问的在前。它们显示还缺哪些文件。",
    ),
    "unanswered_off": (
        "Only those that somebody gave feedback on: refused questions are not kept. The setting keep_questions keeps "
        "them.",
        "صرف وہ جن پر کسی نے رائے دی: انکار شدہ سوالات محفوظ نہیں ہوتے۔ ترتیب keep_questions انھیں محفوظ کرتی ہے۔",
        "仅包含有人反馈过的问题：被拒答的问题不会保留。设置 keep_questions 可保留它们。",
    ),
    "latest_title": ("The latest", "تازہ ترین", "最新反馈"),
}
