"""What a wording may only speak of where its article does, as patterns in English and German.

Each matter joins the ways of saying one thing in both languages. They match lower-case text.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Reason = Literal[
    "citation",
    "contact",
    "credentials",
    "fault",
    "figures",
    "human",
    "instruction",
    "language",
    "length",
    "link",
    "markup",
    "negation",
    "not_close",
    "off_topic",
    "person",
    "placeholder",
    "promise",
    "schema",
    "sensitive",
]


class Matter(NamedTuple):
    """`close`: one sentence of the article must say it of the same thing, not just any sentence."""

    reason: Reason
    pattern: re.Pattern[str]
    close: bool = False


def _matter(reason: Reason, *ways: str, close: bool = False) -> Matter:
    return Matter(reason, re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)"), close)


_WE = r"(?:we|i|you|they|it|that|this|he|she|(?:your|the|our|a|an|any) (?:\w+ ){0,2}\w+)"

PROMISES = (
    _matter(
        "promise",
        r"we (?!are (?:sorry|happy|glad)\b|understand\b)\w+",
        r"wir \w+|\w+en wir",
        close=True,
    ),
    _matter(
        "promise",
        r"(?:we|i)(?: will|'ll| shall|'re going to| are going to|'m going to| am going to| promise"
        r"| guarantee"
        r"| ensure| assure| commit)",
        r"(?:wir|ich) (?:werden|werde|versprechen|verspreche|garantieren|garantiere|sorgen|sorge"
        r"|versichern|versichere|sichern|kümmern|kümmere)",
        r"werden wir|werde ich",
        close=True,
    ),
    _matter(
        "promise",
        r"(?:you|your \w+|it|this|that|the \w+|a \w+|they|somebody|someone|nobody|everything)"
        r"(?: will|'ll| shall| is going to| are going to)",
        r"(?:sie|ihr\w*|niemand|jemand|alles) (?:\w+ ){0,3}(?:werden|wird)",
        r"(?:werden|wird) (?:sie|ihr\w*|man)",
        close=True,
    ),
    _matter(
        "promise",
        r"(?:you|your \w+) (?:get|gets|receive|receives|are entitled|are eligible|qualify|deserve|have been"
        r"|has been|is approved|are approved|have won|owe nothing)",
        r"(?:sie|ihr\w* \w+) (?:erhalten|bekommen|kriegen|erhält|bekommt|haben anspruch|sind berechtigt"
        r"|wurden?|ist genehmigt|haben gewonnen|schulden)",
        r"(?:erhalten|bekommen|kriegen) sie",
        close=True,
    ),
    _matter(
        "promise",
        r"guarantee\w*|promis\w*|definitely|certainly|for sure|rest assured|without fail|no matter what"
        r"|in any case|of course|absolutely|surely|100 ?%|binding",
        r"garant\w+|verspr\w+|definitiv|sicherlich|ganz sicher|mit sicherheit|auf jeden fall|in jedem fall"
        r"|selbstverständlich|verbindlich\w*|zweifellos|versicher\w+|zugesichert|zusage\w*|zugesagt",
    ),
    _matter(
        "promise",
        rf"(?:we|i)(?:'ve| have)(?: just| already| now)? \w+(?:ed|en|ent|aid|ade|one|ought|ound)"
        rf"|{_WE} (?:has|have)(?: just| already"
        r"| now)? been \w+|i(?:'m| am) (?:sending|processing|cancelling|refunding|transferring|checking)",
        r"(?:wir|ich) haben?(?: \w+){0,8} \w*ge\w{2,}(?:t|en)|habe ich|haben wir|(?:wurde|worden)",
        close=True,
    ),
)

SENSITIVE = (
    _matter(
        "promise",
        r"refund\w*|money back|reimburs\w*",
        r"erstatt\w*|rückerstatt\w*|zurückerstatt\w*|geld zurück",
    ),
    _matter(
        "promise",
        r"compensat\w*|goodwill|damages|credit(?:ed)?|bonus\w*|discount\w*|rebate|gift\w*|reward\w*|prize",
        r"entschädig\w*|kulanz\w*|schadens?ersatz|gutgeschrieben|gutschrift\w*|bonus\w*|rabatt\w*|nachlass"
        r"|geschenk\w*|prämie\w*|gewinn\w*|gewonnen",
    ),
    _matter("promise", r"vouchers?|coupons?", r"gutschein\w*|coupons?"),
    _matter(
        "promise",
        r"free(?: of charge)?|no (?:cost|charge|fee)s?|without (?:cost|charge|fee)s?|costs? nothing"
        r"|complimentary",
        r"kostenlos\w*|kostenfrei\w*|gratis|gebührenfrei\w*|umsonst|unentgeltlich",
    ),
    _matter(
        "promise",
        r"waiv\w*|forgiv\w*|written off|write off|drop(?:ped)? the|(?:is|are|been|was"
        r"|were) (?:now )?(?:settled|cleared)|exempt\w*",
        r"erlass\w*|erlässt|gestrichen|abgeschrieben|beglichen|ausgebucht",
    ),
    _matter("promise", r"cancel\w*", r"stornier\w*|storno"),
    _matter(
        "promise",
        r"approv\w*|authori[sz]ed|accepted|granted|increas\w*|rais\w*|extend\w*|postpon\w*|defer\w*",
        r"genehmig\w*|bewillig\w*|akzeptier\w*|gewähr\w*|erhöh\w*|verlänger\w*|verschieb\w*|verschoben"
        r"|stund\w+",
    ),
    _matter(
        "figures",
        r"fees?|charges?|interest|surcharge|penalt\w*|fine[sd]?|late fees?|costs?|price[sd]?",
        r"gebühr\w*|zins\w*|zuschlag\w*|aufschlag|strafe\w*|bußgeld\w*|mahngebühr\w*|kosten|kostet"
        r"|preis\w*",
    ),
    _matter(
        "sensitive",
        r"lawyers?|attorney|solicitor|court\w*|legal\w*|sue[ds]?|lawsuit|police|prosecut\w*|illegal\w*"
        r"|crim\w+"
        r"|fraud\w*|debt collect\w*|collection agenc\w*|bailiff|liab\w+|bankrupt\w*|credit (?:score"
        r"|rating|file)",
        r"anwalt\w*|anwält\w*|gericht\w*|rechtlich\w*|rechtsweg|klag\w+|polizei\w*|anzeige|straf\w+"
        r"|betrug\w*"
        r"|betrüg\w*|inkasso\w*|gerichtsvollzieher|haft\w+|insolven\w*|pleite|schufa\w*|bonität\w*"
        r"|illegal\w*",
    ),
    _matter(
        "credentials",
        r"pass ?words?|pass ?codes?|pins?|tans?|cvv|cvc|one-time|otp|verification codes?|security codes?"
        r"|login codes?|secret\w*|credentials?|seed phrase",
        r"pass ?w(?:ort|örter)\w*|kennw\w+|zugangs\w+|zugangsdaten|anmeldecodes?|anmeldedaten|tans?|pins?"
        r"|sicherheitscodes?|prüfziffer\w*|geheim\w+",
    ),
    _matter("credentials", r"codes?", r"\w*codes?"),
    _matter(
        "credentials",
        r"card (?:number|details|data)|bank (?:details|account|data)|account (?:number|details)|iban|bic"
        r"|date of birth|birth ?date|passport|id card|identity card|social security|mother's maiden name"
        r"|selfie",
        r"kartennummer\w*|kartendaten|kreditkarte\w*|bankdaten|bankverbindung\w*|kontonummer\w*|kontodaten"
        r"|iban|bic|geburtsdatum\w*|personalausweis\w*|ausweis\w*|reisepass\w*|steuer-?id\w*"
        r"|mädchenname\w*",
    ),
    _matter(
        "sensitive",
        r"bitcoin|crypto\w*|paypal|western union|gift cards?|cash|deposit\w*|invest\w*",
        r"bitcoin\w*|krypto\w*|paypal|western union|bargeld|\w*einzahl\w*|anzahlung\w*|invest\w*",
    ),
    _matter("sensitive", r"transfers?|wire", r"überweis\w*"),
    _matter("sensitive", r"any|anything|unlimited", r"beliebig\w*|irgend\w*|unbegrenzt\w*"),
    _matter(
        "contact",
        r"call|phone\w*|hotline|whatsapp|telegram|signal|sms|text (?:us|me)|e-?mail\w*|fax|messenger"
        r"|teamviewer|anydesk|remote\w*",
        r"ruf\w*|anruf\w*|telefon\w*|hotline|whatsapp|telegram|sms|e-?mail\w*|fax|messenger|fernwartung\w*"
        r"|fernzugriff\w*",
    ),
    _matter(
        "link",
        r"links?|click\w*|download\w*|install\w*|attachment\w*|qr\w*|browser|plug-?in|extension|form",
        r"links?|klick\w*|herunterladen|download\w*|installier\w*|anhang|anhänge|qr\w*|browser|formular\w*",
    ),
    _matter(
        "sensitive",
        r"block(?:ed|ing)?|suspend\w*|delet\w*|clos(?:e|ed|ing|ure)|terminat\w*|deactivat\w*|locked"
        r"|frozen|hacked"
        r"|compromised|stolen|leaked|expired?|expires|lost",
        r"gesperrt\w*|sperr\w*|lösch\w*|gelöscht|geschlossen\w*|schließ\w*|kündig\w*|gekündigt"
        r"|deaktivier\w*"
        r"|eingefroren|gehackt\w*|kompromittiert\w*|gestohlen\w*|abgelaufen\w*|verfall\w*|verloren\w*",
    ),
    _matter(
        "sensitive",
        r"verified|processed|completed|shipped|dispatched|delivered|arrived|received your|paid out"
        r"|on (?:its|the) way|successful\w*|resolved|solved|done|fixed",
        r"verifiziert|bearbeitet\w*|abgeschlossen\w*|verschickt\w*|versendet|versandt|zugestellt"
        r"|geliefert|eingegangen|ausgezahlt|unterwegs|erfolgreich\w*|gelöst|erledigt\w*|behoben|angekommen",
    ),
    _matter("sensitive", r"confirmed|confirms", r"bestätigt\w*"),
    _matter(
        "person",
        r"persons?|people|humans?|agents?|colleagues?|employees?|representatives?|advis[eo]rs?|operators?"
        r"|managers?|supervisors?|staff|team|support|customer service|call cent\w+|live chat|officer"
        r"|specialists?",
        r"mensch\w*|personen?|mitarbeiter\w*|kolleg\w*|berater\w*|sachbearbeiter\w*|leiter\w*|vorgesetzt\w*"
        r"|chefs?|chefin|team\w*|support\w*|kundenservice\w*|kundendienst\w*|ansprechpartner\w*|personal"
        r"|live-?chat",
    ),
    _matter(
        "sensitive",
        r"other customers?|another customer|customers? (?:with|named|called)|someone else's|neighbou?r\w*",
        r"andere\w* kund\w+|eine\w* andere\w* kund\w+|nachbar\w*",
    ),
)

TURNING = (
    _matter("negation", r"before(?!hand)"),
    _matter("negation", r"after(?! that)"),
    _matter(
        "sensitive", r"all(?! of (?:that|this))|everything|whenever|everywhere|ever", r"alle[rnms]?"
    ),
    _matter("sensitive", r"us|our|ours", r"uns|unser\w*"),
    _matter("negation", r"because|therefore|thus|hence", r"weil|denn|deshalb|daher"),
    _matter(
        "negation", r"although|though|even if|even though|despite", r"obwohl|auch wenn|trotz\w*"
    ),
    _matter("negation", r"instead|rather than", r"statt|anstatt|stattdessen"),
    _matter("sensitive", r"later|afterwards", r"später\w*|nachher"),
    _matter("sensitive", r"new(?:est|er)|latest|old(?:est|er)", r"neu(?:est|er)\w*|ält\w*"),
    _matter("sensitive", r"another|others?", r"andere\w*"),
    _matter("sensitive", r"each|every|any time", r"jederzeit"),
    _matter(
        "sensitive", r"roughly|approximately|around|little|few", r"ungefähr|etwa|circa|wenig\w*"
    ),
    _matter("sensitive", r"stays?|stayed|belongs?", r"bleib\w*|gehör\w*"),
    _matter("sensitive", r"chang\w*", r"ändern|ändert|geändert"),
)
"""Small words that turn a sentence into another one: who, why, when and for how many it holds."""

NEVER = (
    _matter(
        "human",
        r"i(?:'m| am)(?! (?:sorry|so sorry|very sorry|really sorry|happy|glad|afraid|pleased))",
        r"my (?:name|boss|colleague|team|manager|desk|office)|as (?:a|an|your) (?:human|person|employee"
        r"|agent|bot"
        r"|ai|assistant|advisor|member)|i personally|(?:not|isn't) (?:a|an) (?:bot|robot|machine|ai)"
        r"|real person|human being|speaking (?:to|with)|ai language model|chatgpt|openai|language model"
        r"|chatbot"
        r"|artificial intelligence",
        r"ich bin(?! (?:froh|gern|gerne))|ich heiße|mein name|mein(?:e|em|en)? (?:chef\w*|kolleg\w*"
        r"|team\w*|schreibtisch)"
        r"|als (?:mensch|mitarbeiter\w*|berater\w*|ki|bot|assistent\w*)|(?:kein|keine) (?:bot|roboter"
        r"|maschine|ki)"
        r"|echter mensch|sprachmodell\w*|ich persönlich|künstliche\w* intelligenz",
    ),
    _matter(
        "instruction",
        r"(?:ignore|disregard|forget|override|bypass)\w* (?:\w+ ){0,4}(?:instructions?|rules?|prompts?"
        r"|polic\w+"
        r"|guidelines?|above|previous)|system prompts?|developer (?:mode|message)|jailbr\w+|dan mode"
        r"|prompt\w*"
        r"|as instructed|as you (?:asked|requested|instructed|said|wish|wrote|ordered)|new instructions?"
        r"|instructions?|pretend\w*|role-?play\w*|debug mode|admin(?:istrator)? (?:mode|override)"
        r"|unlocked|overrid\w+",
        r"(?:ignorier\w*|vergiss|vergessen sie|missacht\w*|umgeh\w*)(?: \w+){0,4} (?:anweisung\w*"
        r"|regel\w*|vorgabe\w*"
        r"|richtlinie\w*)|systemprompt\w*|entwicklermodus|wie (?:sie )?(?:gewünscht|angewiesen|befohlen"
        r"|verlangt)"
        r"|wie (?:von ihnen )?(?:gewünscht|verlangt|gefordert)|anweisung\w*|neue regeln|adminmodus"
        r"|freigeschaltet"
        r"|rollenspiel\w*|tu(?:n sie)? so",
    ),
    _matter(
        "person",
        r"(?:no|not) (?:\w+ )?(?:person|people|human|humans|agent|colleague|one|body) (?:is |are |can "
        r"|will |to )"
        r"|nobody (?:is|can|here|to)|(?:no|any) need (?:to|for)(?: \w+){0,3} (?:contact|ask|write|speak"
        r"|talk|reply"
        r"|call|person|human|colleague|answer)"
        r"|(?:do not|don't|please don't|never|stop)(?: \w+){0,2} (?:contact|write|reply|ask|call"
        r"|respond)(?:ing)?"
        r"|(?:conversation|chat|case|ticket|matter|request) (?:is|has been|was|will be)(?: now"
        r"| hereby)? (?:closed|ended"
        r"|resolved|finished|over|terminated|complete)|cannot be transferred|no longer (?:available|offer"
        r"|respond)"
        r"|end(?:s|ed|ing)? (?:this|the) (?:chat|conversation)",
        r"(?:kein\w*|niemand\w*)(?: \w+){0,3} (?:mensch\w*|mitarbeiter\w*|kolleg\w*|person\w*|verfügbar"
        r"|erreichbar"
        r"|zuständig|helfen)|niemand(?:en|em)? (?:kann|ist|hier|hat)"
        r"|(?:nicht nötig|unnötig|brauchen (?:sie )?(?:nicht|kein\w*)|müssen (?:sie )?(?:nicht"
        r"|kein\w*))(?: \w+){0,4}"
        r" (?:melden|schreiben|anrufen|kontakt\w*|fragen|mensch\w*|antworten)"
        r"|(?:schreiben|antworten|fragen|rufen|melden|kontaktieren) sie (?:\w+ ){0,4}(?:nicht|nie"
        r"|keinesfalls)"
        r"|(?:chat|gespräch|fall|vorgang|anliegen|unterhaltung|ticket) (?:ist|wird|wurde|gilt)(?: \w+){0,3}"
        r" (?:beendet|geschlossen|erledigt|abgeschlossen|gelöst)|nicht (?:mehr )?(?:weitergeleitet"
        r"|verbunden)",
    ),
    _matter(
        "sensitive",
        r"stupid|idiot\w*|shut up|damn|hell|fuck\w*|shit\w*|crap|loser|your (?:own )?fault|liars?|moron",
        r"dumm\w*|idiot\w*|blöd\w*|halt die klappe|verdammt\w*|scheiß\w*|scheiss\w*|arsch\w*|selbst schuld"
        r"|lügner\w*|trottel",
    ),
)

NEGATIONS = re.compile(
    r"(?<!\w)(?:not|no|never|cannot|none|nothing|nobody|without|neither|nor|unless|except|\w+n't"
    r"|nicht|nichts|kein\w*|nie|niemals|niemand\w*|ohne|weder|außer|ausgeschlossen|unmöglich\w*)(?!\w)"
)

ONLY = re.compile(r"(?<!\w)(?:only|solely|nur|lediglich|erst|ausschließlich)(?!\w)")
