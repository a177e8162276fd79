"""Words of feeling, by strength; written for this project."""

from __future__ import annotations

from workbench.words import listed

_BY_STRENGTH: dict[float, str] = {
    3.0: """amazing awesome brilliant excellent exceptional fantastic flawless incredible love loved loves
        magnificent marvelous masterpiece outstanding perfect perfectly phenomenal stunning superb terrific
        wonderful best""",
    2.0: """
        beautiful beautifully delighted delightful enjoy enjoyed enjoyable excited exciting fabulous
        favorite favourite fun grateful great greatly happy helpful highly impress impressed
        impressive joy lovely pleased pleasant pleasure powerful recommend recommended remarkable
        satisfied satisfying sharp sleek stellar superior thrilled vivid win winner gorgeous rock
        rocks kudos hilarious charming moving touching compelling engaging fascinating refreshing
    """,
    1.0: """
        accurate advantage affordable appreciate attractive better bonus bright clean clear clearly
        comfortable compact convenient cool crisp decent durable ease easier easily easy effective
        efficient elegant fast fine flexible friendly generous gentle glad good handy honest improve
        improved improvement intuitive like liked likes light nice nicely okay plus polite positive
        practical prompt quick quickly quiet reasonable reliable responsive rich robust safe simple
        smart smooth smoothly solid stable strong sturdy stylish succeed success successful support
        supportive thank thanks thankful useful versatile value well works worth worthwhile resolved
        fixed funny clever witty fresh warm sweet heartfelt memorable bargain pleasing breeze snappy
    """,
    -1.0: """
        annoy bug bulky cheap cheaply clumsy complain complaint complicated concern confuse confused
        confusing costly crack delay delayed delays difficult difficulty dim dislike doubt dull
        error errors expensive fail flaw flawed flimsy forgot glitch hard heavy hassle heavier
        inaccurate inconvenient incorrect issue issues lack lacking lacks late limited loose lose
        loses loud mediocre mess messy mistake missing muddy negative nervous noise noisy odd
        overpriced problem problems regret sad scratch scratches shaky short sloppy slow slower
        slowly sluggish small sorry strange stuck tedious tricky trouble ugly unclear unhappy
        unreliable unresponsive upset wait waiting weak weird worry worried wrong worn drawback
        downside gripe clunky cramped predictable flat bland uneven thin stale contrived shallow
        cliche cliched dreary grainy blurry fuzzy unable cannot denied declined refused ignored
        cancel refund
    """,
    -2.0: """
        angry annoyed annoying bad badly boring broke broken bother crappy crash crashed crashes
        damage damaged dead defective die died dies disappoint disappointed disappointing
        disappointment dreadful failed fails failure false fraud frustrate frustrated frustrating
        hate hated hates horrid ignore ignorant lame lie lied lies lousy mad misleading nasty
        painful pathetic poor poorly refuse ridiculous rude sad scam shame shoddy stupid suck sucks
        sucked tired tiresome unacceptable unfortunately unfunny useless waste wasted worse weakest
        idiotic incoherent insulting lifeless pointless mess malfunction malfunctioned unusable
        stolen steal cheated hopeless
    """,
    -3.0: """
        abysmal appalling atrocious awful disaster disastrous disgusting furious garbage horrible
        horrific junk nightmare outrageous outraged terrible terribly torture unbearable worst
        worthless crap trash rubbish dreck
    """,
}
VALUES: dict[str, float] = {word: value for value, row in _BY_STRENGTH.items() for word in row.split()}
"""Feeling of a word, from -3 to 3."""

NEGATIONS = listed(
    """
    no not never none nobody nothing neither nor without hardly barely scarcely cannot cant dont
    doesnt didnt isnt wasnt wont wouldnt couldnt lacks
    """
)
"""Words that turn the feeling of what follows."""

BOOSTERS = listed(
    """
    absolutely amazingly completely deeply definitely especially exceptionally extremely fully
    highly hugely incredibly really remarkably so such super totally truly unbelievably utterly
    very too
    """
)
"""Words that strengthen what follows."""

DAMPERS = listed(
    """
    almost bit fairly kind kinda little mildly partly pretty rather slightly somewhat sort
    """
)
"""Words that weaken what follows."""
