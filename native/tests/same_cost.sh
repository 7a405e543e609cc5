#!/bin/sh
# same_cost.sh COST: the chain, spike guards at work, takes as many instructions for silence, denormals and limiting as for
# noise, within 0.5 %.
# Exit 77 where valgrind is missing: CTest calls that skipped.
command -v valgrind >/dev/null || { echo "skipped: there is no valgrind"; exit 77; }

collected() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 | sed -n 's/.*Collected : //p'
}

count() { # instructions of 2560 frames, without what start and end take: PROGRAM ISA SIGNAL [SECTIONS OF STEMS]
    few=$(collected "$1" "$2" "$3" 2560 "${4:--}" 0.0005)
    many=$(collected "$1" "$2" "$3" 5120 "${4:--}" 0.0005)
    echo $((many - few))
}

for isa in 1 2; do # baseline and AVX2: valgrind knows no AVX-512
    "$1" $isa noise 256 2>/dev/null || continue
    for stems in "" 6; do # buses alone; from stems with six sections each
        noise=$(count "$1" $isa noise $stems)
        for signal in silence denormals limiting; do
            other=$(count "$1" $isa $signal $stems)
            apart=$((other > noise ? other - noise : noise - other))
            echo "instruction set $isa${stems:+, stems}: $signal $other, noise $noise"
            [ $((apart * 200)) -le "$noise" ] || { echo "$signal costs another amount than noise"; exit 1; }
        done
    done
done
