#!/bin/sh
# same_cost.sh COST: the chain takes as many instructions for silence, denormals and limiting as for noise, within 0.5 %.
# Exit 77 where valgrind is missing: CTest calls that skipped.
command -v valgrind >/dev/null || { echo "skipped: there is no valgrind"; exit 77; }

count() { # instructions of 2560 frames, without what start and end take
    few=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" "$2" "$3" 2560 2>&1 | sed -n 's/.*Collected : //p')
    many=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" "$2" "$3" 5120 2>&1 | sed -n 's/.*Collected : //p')
    echo $((many - few))
}

for isa in 1 2; do # baseline and AVX2: valgrind knows no AVX-512
    "$1" $isa noise 256 2>/dev/null || continue
    noise=$(count "$1" $isa noise)
    for signal in silence denormals limiting; do
        other=$(count "$1" $isa $signal)
        apart=$((other > noise ? other - noise : noise - other))
        echo "instruction set $isa: $signal $other, noise $noise"
        [ $((apart * 200)) -le "$noise" ] || { echo "$signal costs another amount than noise"; exit 1; }
    done
done
