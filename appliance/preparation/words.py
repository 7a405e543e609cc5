"""The words that bands write on their files, in English, German, French, Spanish, Italian, Portuguese and Dutch.

Folded: lower case, without accents. A phrase of several words is written with spaces. What can be said of a file by its
words is a role, and for a track perhaps the part it plays.
"""

from appliance.songs.model import Part, Role

CLICK = """
click clicks clic clics klick klicks klik kliks clk click track clicktrack click tracks clickspur klickspur klicktrack
metronome metronom metronomo metronoom metro metronomes claqueta claquette claquettes clique cliques piste click
pista click pista clic claqueta pista
"""

GUIDE = """
guide guides guide track guide vox guide vocal guide vocals vocal guide voice guide guia guias pista guia voz guia
voce guida guida guide vocale piste guide guida vocale gids gidsspoor cue cues vocal cue vocal cues cue track
count counts count in countin count off counter count ins ansage ansagen einzahler einzaehler einzahlen vorzahler
vorzaehler stichwort stichworte sprecher decompte comptage compte a rebours annonce annonces repere reperes
conteggio conta conteo cuenta cuenta atras contagem entradas entrada avisos aviso dicas indicazioni indicaciones
aftel aftellen aftelling inteller intellen voorteller aanwijzing aanwijzingen talkback spoken cues announcements
"""

TIMECODE = """
timecode time code tc ltc mtc smpte zeitcode tijdcode codice tempo codice temporale codigo de tiempo codigo de tempo
code temporel code temps
"""

TRACK = """
track tracks backing backing track backingtrack backing tracks backtrack bt playback playbacks halbplayback
instrumental instrumentals karaoke mix full mix fullmix stereo mix mixdown master minus one pista pistas piste pistes
base basi spur spuren bande son bande orchestre musik music musique musica muziek spoor sporen band all alles todo tutto tout
sum main out
"""

PARTS = {
    Part.DRUMS: """
        drum drums drumkit drum kit kit kick kik bd snare snr sn hihat hi hat hat hats hh tom toms overhead overheads oh
        ohs cymbal cymbals schlagzeug trommel trommeln becken batterie caisse claire charley bateria bombo caja caixa
        batteria cassa rullante piatti drumstel slagwerk drumloop
    """,
    Part.PERCUSSION: """
        perc percs percussion percussions percussioni percusion percussao perkussion percussie shaker tambourine tamb
        tambourin conga congas bongo bongos cajon clap claps cowbell timbales triangle
    """,
    Part.BASS: "bass basses basse basso bas bajo baixo contrabass kontrabass subbass sub bass synth bass bass synth e bass",
    Part.GUITAR: """
        guitar guitars gtr gtrs git gits gitarre gitarren guitare guitares guitarra guitarras chitarra chitarre gitaar
        gitaren egtr agtr eg ag ac gtr el gtr acoustic banjo mandolin mandoline mandolino ukulele uke
    """,
    Part.KEYS: """
        key keys keyboard keyboards piano pianos pno epiano e piano klavier flugel tasten organ orgel orgue organo orgao
        rhodes wurli wurlitzer hammond clavier claviers teclado teclados tastiera tastiere toetsen clavinet clav
        accordion akkordeon accordeon acordeon fisarmonica harpsichord cembalo celesta
    """,
    Part.VOCALS: """
        vocal vocals vox vx voc vocs voice voices voix voz voces vozes voce voci gesang stimme stimmen zang singer chor
        choir choeur choeurs coro cori coros koor bv bvs bgv bgvs bgvox backing vocals backing vocal backing vox
        background vocals lead vocal lead vocals lead vox leadvox harmony harmonies chant chants canto adlib adlibs
    """,
    Part.STRINGS: """
        string strings streicher cordes cuerdas archi cordas strijkers violin violins viola violas cello cellos violine
        violinen geige geigen violon violons violino violini violin ensemble orchestra orchester orchestre orquesta
    """,
    Part.HORNS: """
        horn horns brass blaser blaeser cuivres metales vientos fiati ottoni metais sopros blazers koper trumpet trumpets
        trombone trombones trompete trompeten posaune posaunen trompette tromba trompeta trompet sax saxes saxophone
        saxophon saxofon sassofono flute flutes flote clarinet klarinette
    """,
    Part.SYNTH: """
        synth synths synthesizer synthesiser synthe synthes sintetizador sintetizzatore syn pad pads arp arps arpeggio
        lead synth synth lead pluck sequencer seq
    """,
    Part.EFFECTS: """
        fx sfx efx effect effects effekt effekte effets efectos effetti efeitos effecten riser risers impact impacts
        ambience ambient atmo atmos noise sweep sweeps soundscape
    """,
}

GENERIC = """
stem stems multitrack multitracks audio file files datei dateien fichier fichiers wav wave mp3 flac aiff aif m4a
bounce bounces bounced export exports exported render rendered final finale version ver rev edit
stereo mono left right l r links rechts gauche droite dx sx khz hz bit bits bpm k ch chan channel channels kanal
new neu live daw session project recording rec the a and und et y e en i o
disc disk cd set part
"""
"""Words that say nothing about what a file is: neither a title nor a part."""

CONTAINERS = """
stem stems multitrack multitracks audio audio files audiofiles wav wavs wave mp3 mp3s flac files file tracks track
backing tracks backing track spuren spur einzelspuren pistes piste pistas pista sporen tracce bounces bounce export
exports mixdown mixdowns render renders media samples audiodateien fichiers audio individual tracks separate tracks
"""
"""Folders that belong to the song above them, whatever they are called."""


def phrases(text: str, vocabulary: frozenset[str] | None = None) -> frozenset[str]:
    """Every word of ``text``, and each run of up to three that stands in ``vocabulary``, if given."""
    words = text.split()
    runs = {" ".join(words[i : i + n]) for n in (2, 3) for i in range(len(words) - n + 1)}
    return frozenset(words) | (runs & vocabulary if vocabulary else runs)
