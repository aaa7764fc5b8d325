//! The words with which mail programs mark what is not new, in the languages that they speak.

use std::sync::LazyLock;

use regex::Regex;

/// What introduces a quotation. An address, a time and a date before a colon do so in any language;
/// a verb does with less.
pub(super) static INTRODUCTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^(?:
            on\b.{4,}\b(?:wrote|writes)
          | (?:am|den)\b.{4,}\b(?:schrieb|geschrieben)\b.*
          | le\b.{4,}\ba\s+écrit
          | el\b.{4,}\bescribió
          | (?:em|a|no\sdia)\b.{4,}\bescreveu
          | il\b.{4,}\bha\s+scritto
          | op\b.{4,}\bschreef\b.*
          | (?:den|på)\b.{4,}\bskrev\b.*
          | (?:w\s+dniu|dnia)\b.{4,}\b(?:napisał(?:\(a\)|a)?|pisze).*
          | \d{4}年.{4,}
          | .{0,100}<[^<>\s]+@[^<>\s]+>\s*(?:wrote|schrieb|schreef|skrev|a\s+écrit|escribió|escreveu|ha\s+scritto)
          | \d{4}[-/.]\d{1,2}[-/.]\d{1,2}.{1,100}<[^<>\s]+@[^<>\s]+>
          # Anything with a verb of writing and a time of day.
          | (?:.*\d{1,2}[:.h]\d{2}.*(?:VERBS).{0,40} | .*(?:VERBS).*\d{1,2}[:.h]\d{2}.{0,20})
          # Anything with a time of day, a year and an address.
          | (?:.*DATE.*TIME.*ADDRESS.{0,40} | .*TIME.*DATE.*ADDRESS.{0,40} | .*ADDRESS.*DATE.*TIME.{0,40})
        )\s*[:：]$",
    )
});

/// What an introduction has that prose does not: an address in brackets, or a time of day.
pub(super) static CERTAIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"ADDRESS|\b\d{1,2}[:.h]\d{2}\b|[۰-۹]{1,2}:[۰-۹]{2}|[٠-٩]{1,2}:[٠-٩]{2}")
});

/// Lines that stand above history.
pub(super) static DIVIDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\s*(?:
            [-_=]{2,}\s*(?:
                original\s(?:message|appointment) | forwarded\smessage | reply\smessage
              | ursprüngliche\s(?:nachricht|mail) | original-?nachricht | weitergeleitete\snachricht
              | message\s(?:d['’]origine|original|transféré) | mensaje\s(?:original|reenviado)
              | messaggio\s(?:originale|inoltrato) | mensagem\s(?:original|encaminhada)
              | (?:oorspronkelijk|doorgestuurd)\sbericht | ursprungligt\smeddelande
              | oprindelig\smeddelelse | opprinnelig\smelding | alkuperäinen\sviesti
              | (?:wiadomość\soryginalna|oryginalna\swiadomość) | původní\s(?:zpráva|e-?mail)
              | pôvodná\sspráva | eredeti\süzenet | mesaj\soriginal | izvorna\sporuka
              | (?:исходное|оригинальное|пересылаемое)\sсообщение | оригінальне\sповідомлення
              | αρχικό\sμήνυμα | (?:özgün\sileti|orijinal\smesaj) | ההודעה\sהמקורית | הודעה\sמקורית
              | الرسالة\sالأصلية | 元のメッセージ | 転送メッセージ | (?:原始|转发|回复|轉寄)邮?件? | 原始郵件
              | 원본\s(?:메일|메시지) | thư\sgốc | pesan\sasli
            )\s*[-_=]{2,}
          | (?:begin\sforwarded\smessage|anfang\sder\sweitergeleiteten\snachricht|début\sdu\smessage\s(?:transféré|réexpédié)|inizio\smessaggio\sinoltrato):
        )\s*$",
    )
});

/// The fields of the block that Outlook and others put above history.
pub(super) static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\s*\*?(?:
            (?P<from> from | von | de | da | van | od | från | fra | lähettäjä | feladó | de\sla | šalje
              | от | від | από | kimden | gönderen | מאת | من | 发件人 | 寄件者 | 差出人 | 보낸\s사람
              | từ | dari | จาก )
          | sent | date | to | cc | subject | reply-to
          | gesendet | datum | an | betreff
          | envoyé | à | objet
          | enviado(?:\sel|\sem)? | fecha | para | asunto | assunto | data | enviat | per\sa | assumpte
          | inviato | a | oggetto
          | verzonden | aan | onderwerp
          | skickat | till | ämne | sendt | til | emne
          | lähetetty | vastaanottaja | aihe
          | wysłan[oey] | do | temat | odesláno | komu | předmět | odoslané | predmet | poslano | prima
          | elküldve | címzett | tárgy | trimis | către | subiect
          | отправлено | дата | кому | тема | надіслано | изпратено | до | относно
          | στάλθηκε | προς | θέμα
          | gönderildi | gönderme\starihi | kime | konu
          | נשלח | אל | נושא | (?:تاريخ|تم)\sالإرسال | إلى | الموضوع
          | 发送时间 | 日期 | 收件人 | 主题 | 寄件日期 | 傳送時間 | 收件者 | 主旨 | 主題
          | 送信日時 | 日時 | 宛先 | 件名
          | 보낸\s날짜 | 받는\s사람 | 제목
          | đã\sgửi | ngày | đến | tới | chủ\sđề | dikirim | tanggal | kepada | ke | perihal | subjek
          | ส่ง | วันที่ | ถึง | เรื่อง
        )\s*[:：]\*?",
    )
});

/// The line that a telephone or a program adds for itself.
pub(super) static DEVICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\s*\[?(?:
            (?:sent|get)\s(?:from|via|with|using|outlook)\s(?:my\s)?(?:iphone|ipad|mobile|phone|android|samsung|galaxy|huawei|pixel|blackberry|yahoo|outlook|mail|proton|gmail|for\s).{0,60}
          | (?:von\smeinem|von\sunterwegs).{0,40}gesendet.{0,20} | gesendet\s(?:von|mit|aus)\s.{0,60}
          | envoyé\s(?:de|depuis|à\spartir\sde)\s.{0,60}
          | enviado\s(?:desde|do|de|a\spartir)\s.{0,60} | enviat\sdes\s.{0,60}
          | inviato\s(?:da|dal)\s.{0,60}
          | verstuurd\svanaf\s.{0,60} | verzonden\svanaf\s.{0,60}
          | skickat\sfrån\smin\s.{0,60} | sendt\sfra\smin\s.{0,60} | lähetetty\s(?:iphone|ipad|android|puhelime).{0,60}
          | wysłan[eo]\sz\s.{0,60} | odesláno\sz\s.{0,60} | odoslané\sz\s.{0,60} | poslano\s(?:s|z|iz)\s.{0,60}
          | (?:iphone|ipad|android).{0,10}(?:küldve|elküldve) | trimis\sde\spe\s.{0,60}
          | отправлено\s(?:с|из)\s.{0,60} | надіслано\sз\s.{0,60} | изпратено\sот\s.{0,60}
          | στάλθηκε\sαπό\sτο\s.{0,60} | (?:iphone|ipad|android).{0,12}gönderildi
          | נשלח\sמ.{0,60} | (?:أُرسلت|أرسلت|مرسل)\sمن\s.{0,60}
          | (?:iphone|ipad|android).{0,6}から送信 | [发發]自我的\s?.{1,40} | [从從]我的\s?.{1,40}(?:发送|傳送)
          | (?:나의|내)\s.{1,40}에서\s보냄 | đã\sgửi\stừ\s.{0,60} | dikirim\sdari\s.{0,60} | ส่งจาก.{0,60}
        )\]?\s*$",
    )
});

/// Verbs of writing, as programs decline them.
const VERBS: &str = r"wrote|writes|schrieb|a\s+écrit|escribió|escreveu|ha\s+scritto|schreef|skrev|kirjoitti|napisał|pisze|napsal|napísal|írta|a\s+scris|пишет|написал|пише|написа|έγραψε|yazdı|כתב|كتب|كتابة|نوشت|写道|寫道|쓴\s글|작성|書きました|のメール|đã\s+viết|menulis|เขียน|लिखा|napisa|rašė|rakstīja|kirjutas|va\s+escriure";

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and a test compiles each of them"
)]
fn pattern(text: &str) -> Regex {
    let text = text
        .replace("VERBS", VERBS)
        .replace("ADDRESS", r"[<(]<?[^<>()\s]+@[^<>()\s]+>?[>)]")
        .replace("DATE", r"\b\d{4}\b")
        .replace("TIME", r"\d{1,2}[:.h]\d{2}");
    Regex::new(&text).expect("a constant pattern")
}
