"""The words that bands write on their files, in English, German, French, Spanish, Italian, Portuguese and Dutch.

Folded: lower case, without accents. What belongs together is joined by a hyphen here and may stand apart, hyphened or
in one word on the file. ``Click Track`` is a click and not a track: the longest phrase wins, and see ``ROLE_WORDS``.
"""

from appliance.songs.model import Part, Role, Side


def _words(text: str) -> frozenset[str]:
    """The phrases of a list, each also in the form without hyphens."""
    return frozenset(form for phrase in text.split() for form in (phrase, phrase.replace("-", "")))


CLICK = _words("""
    click clicks clic clics klick klicks klik kliks clk clix click-track click-tracks klick-track click-spur
    klick-spur metronome metronomes metronom metronomo metronoom metro claqueta claquetas claquette claquettes
    clique cliques piste-click piste-clic pista-click pista-clic traccia-click click-spoor klik-spoor
""")

GUIDE = _words("""
    guide guides guide-track guide-vox guide-vocal guide-vocals vocal-guide voice-guide guia guias pista-guia
    voz-guia voce-guida traccia-guida guida guide-vocale voix-guide piste-guide gids gids-spoor cue cues vocal-cue
    vocal-cues cue-track count counts count-in count-ins count-off counter counting ansage ansagen einzahler
    einzaehler einzahlen vorzahler vorzaehler stichwort stichworte sprecher decompte comptage compte-a-rebours
    annonce annonces repere reperes conteggio conta conteo cuenta cuenta-atras contagem entradas avisos aviso dicas
    indicazioni indicaciones aftel aftellen aftelling inteller intellen voorteller aanwijzing aanwijzingen talkback
    announcements
""")

TIMECODE = _words("""
    timecode time-code tc ltc mtc smpte zeitcode zeit-code tijdcode tijd-code codice-tempo codice-temporale
    codigo-de-tiempo codigo-de-tempo code-temporel
""")

TRACK = _words("""
    track tracks backing backings backing-track backing-tracks back-track bt playback playbacks halb-playback
    instrumental instrumentals karaoke mix full-mix stereo-mix mix-down master pista pistas piste pistes base basi
    spur spuren bande-son bande-orchestre musik music musique musica muziek spoor sporen all alles todo tutto tout
    sum main rough-mix pre-mix gesamt-mix mixed mastered mezcla mixage missaggio mixagem
""")

ROLE_WORDS = ((Role.TIMECODE, TIMECODE), (Role.CLICK, CLICK), (Role.GUIDE, GUIDE))
"""In this order: what only a machine reads first, then what must never reach the audience."""

PART_WORDS = {
    Part.BASS: _words(
        "bass basses basse basso bas bajo baixo contrabass kontrabass sub-bass synth-bass bass-synth e-bass"
    ),
    Part.VOCALS: _words("""
        vocal vocals vox vx voc vocs voice voices voix voz voces vozes voce voci gesang stimme stimmen zang singer
        chor choir choeur choeurs coro cori coros koor bv bvs bgv bgvs backing-vocal backing-vocals backing-vox
        background-vocals lead-vocal lead-vocals lead-vox harmony harmonies chant chants canto adlib adlibs
    """),
    Part.DRUMS: _words("""
        drum drums drum-kit drum-loop kit kick kik bd snare snr sn hi-hat hh tom toms overhead overheads oh ohs
        cymbal cymbals schlagzeug trommel trommeln becken batterie caisse-claire bateria bombo batteria cassa
        rullante piatti drumstel slagwerk
    """),
    Part.PERCUSSION: _words("""
        perc percs percussion percussions percussioni percusion percussao perkussion percussie shaker tambourine
        tamb tambourin conga congas bongo bongos cajon clap claps cowbell timbales triangle
    """),
    Part.GUITAR: _words("""
        guitar guitars gtr gtrs git gits gitarre gitarren guitare guitares guitarra guitarras chitarra chitarre
        gitaar gitaren e-gtr a-gtr eg ag acoustic banjo mandolin mandoline mandolino ukulele uke
    """),
    Part.KEYS: _words("""
        key keys keyboard keyboards piano pianos pno e-piano klavier flugel tasten organ orgel orgue organo orgao
        rhodes wurli wurlitzer hammond clavier claviers teclado teclados tastiera tastiere toetsen clavinet clav
        accordion akkordeon accordeon acordeon fisarmonica harpsichord cembalo celesta
    """),
    Part.STRINGS: _words("""
        string strings streicher cordes cuerdas archi cordas strijkers violin violins viola violas cello cellos
        violine violinen geige geigen violon violons violino violini orchestra orchester orchestre orquesta
    """),
    Part.HORNS: _words("""
        horn horns brass blaser blaeser cuivres metales vientos fiati ottoni metais sopros blazers koper trumpet
        trumpets trombone trombones trompete trompeten posaune posaunen trompette tromba trompeta trompet sax saxes
        saxophone saxophon saxofon sassofono flute flutes flote clarinet klarinette
    """),
    Part.SYNTH: _words("""
        synth synths synthesizer synthesiser synthe synthes sintetizador sintetizzatore syn pad pads arp arps
        arpeggio lead-synth synth-lead sequencer
    """),
    Part.EFFECTS: _words("""
        fx sfx efx effect effects effekt effekte effets efectos effetti efeitos effecten riser risers impact impacts
        ambience atmo atmos sweep sweeps soundscape
    """),
}

LEFT = _words("l lft left links gauche izquierda izquierdo izq izda sinistra sinistro sx esquerda esquerdo esq")
RIGHT = _words("r rgt right rechts droite derecha derecho dcha destra destro dx direita direito")
SIDE_WORDS = {Side.LEFT: LEFT, Side.RIGHT: RIGHT | _words("der dir")}
"""The short ones are words of their own in German, so they count beside their other side only."""

GENERIC = _words("""
    stem stems multitrack multitracks audio file files datei dateien fichier fichiers wav wave mp3 flac aiff aif m4a
    ogg bounce bounces bounced export exports exported render rendered final finale version ver rev stereo mono khz hz
    fps bit bits bpm kbps ch chan channel channels kanal live daw
""").union(LEFT, RIGHT)
"""Words that say nothing about what a file is: neither a title nor a part."""

CONTAINERS = _words("""
    stem stems multitrack multitracks audio audio-files wav wavs wave mp3 mp3s flac files tracks track
    backing-tracks backing-track spuren einzel-spuren pistes pistas sporen tracce bounces bounce export exports
    mix-down mix-downs render renders media samples audiodateien fichiers fichiers-audio individual-tracks
    separate-tracks multi-tracks media-files sounds
""")
"""Folders that belong to the song above them, whatever they are called."""
