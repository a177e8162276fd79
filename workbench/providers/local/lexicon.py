"""Words of feeling, by strength; written for this project."""

from __future__ import annotations

from workbench.words import listed

_BY_STRENGTH: dict[float, str] = {
    3.0: """
        adore adored amazing awesome best brilliant excellent exceptional exquisite fantastic
        flawless greatest heavenly hooray incredible love loved loves magnificent marvelous
        masterpiece mesmerizing outstanding perfect perfectly phenomenal stunning sublime superb
        superbly terrific unforgettable wonderful yay
    """,
    2.0: """
        adorable affecting beautiful beautifully beauty better blessed bliss captivating celebrate
        charming cheerful compelling congrats congratulations cute dazzling delighted delightful
        engaging enjoy enjoyable enjoyed excel excellence excels excited exciting fabulous
        fascinating favorite favourite flawlessly fun glorious good gorgeous grateful great greatly
        haha happy helpful highly hilarious impeccable impress impressed impressive inspired
        inspiring intelligent joy kudos lol lovely lucky moving nice passionate pleasant pleased
        pleasure poignant powerful proud recommend recommended refreshing remarkable riveting rock
        rocks romantic satisfied satisfying seamless sharp sincere sleek splendid stellar superior
        thrill thrilled thrilling touching triumph uplifting vibrant vivid win winner won wow
    """,
    1.0: """
        accessible accurate advantage affordable appreciate attractive bargain bonus breeze bright
        brighter capable clarity clean clear clearly clever comfortable compact consistent
        convenient convincing cool correct crisp crystal dear decent deeply dependable detailed
        dramatic durable eager ease easier easily easy effective efficient elegant expressive
        faithful fast faster favorable fine fixed flexible free fresh friendly funny gain generous
        gentle genuine glad graceful handy harmless healthy heartfelt honest hope hopeful humor
        ideal imaginative improve improved improvement insightful interesting intimate intuitive
        legendary lighter like liked likes lively luxury mature memorable natural neat nicely nifty
        okay original patient peaceful pleasing plus polite positive practical precise 
        profound promising prompt pure quality quick quickly quiet quieter reasonable
        relaxed reliable relief resolved respect responsive rich right robust safe simple skilled
        smart smooth smoother smoothly snappy solid sophisticated spectacular stable strong sturdier
        sturdy stylish subtle succeed success successful super supportive surprisingly sweet
        talented tender thank thankful thanks thorough thoughtful trust truthful unique upgrade
        useful value vast versatile vivacious warm welcome well wise witty works worth worthwhile
        yeah
    """,
    -1.0: """
        alone annoy awkward bland blurry bored bug bulky cannot cheap cheaply cliche cliched clumsy
        clunky complain complaining complaint complicated concern confuse confused confusing
        contrived costly crack cramped cry crying dated declined delay delayed delays denied
        difficult difficulty dim dislike doubt doubtful downside drag drags drawback dreary dull
        empty error errors excess expensive fail faulty fear flat flaw flawed flimsy forgot fuzzy
        generic gimmick glare glitch grainy gripe gross hard harsh hassle heavier hurt hurts ignored
        ill inaccurate inconvenient incorrect inferior issue issues junky lack lacked lacking lacks
        late leak leaks limited limp lonely loose lose loses loud manipulative mediocre messy missed
        misses missing mistake muddy negative nervous noise noisy nothing obvious odd overlong
        overpriced plodding plods predictable pretentious problem problems queasy refused returned
        rough rushed scary scratch scratches shaky shallow short sick silly simplistic sketchy
        sloppy slow slower slowly sluggish sorry sour stale stiff strange stuck tacky tears tedious
        tense tepid thin tricky trite trouble ugly unable unclear unconvincing uneven unhappy
        uninspired unnecessary unpleasant unreliable unresponsive upset vague vulgar wary weak weary
        weird wobbly worn worried worries worry wreck wrong
    """,
    -2.0: """
        angry annoyed annoying bad badly boring bother broke broken cheated crappy crash crashed
        crashes cruel damage damaged damn dead defective depressed depressing die died dies
        disappoint disappointed disappointing disappointment disgrace disgusted dissatisfied
        disturbing dreadful dying embarrassing failed fails failure false fraud fraudulent frustrate
        frustrated frustrating grief gruesome hate hated hates hell hideous hopeless horrid idiotic
        ignorant ignore incoherent incompetent inept infuriating injured insult insulted insulting
        irritated irritating kill killed killing lame laughable lazy lie lied lies lifeless lousy
        mad malfunction malfunctioned mess miserable misleading monstrous nasty obnoxious offensive
        outage pain painful pathetic pointless poor poorly refuse ridiculous rip-off ripoff rotten
        rude ruin ruined sad sadly sadness scam shame shocking shoddy sloppily sneaky spam steal
        stink stinks stolen stupid suck sucked sucks tired tiresome tragic ugliest unacceptable
        unfair unfortunately unfunny unprofessional unsatisfactory untrustworthy unusable useless
        vile waste wasted weakest worse wretched wtf
    """,
    -3.0: """
        abysmal appalling atrocious awful crap disaster disastrous disgusting dreck furious garbage
        horrible horrific junk nightmare outraged outrageous rubbish terrible terribly torture trash
        unbearable worst worthless
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
    almost bit fairly kind kinda little mildly partly rather slightly somewhat sort
    """
)
"""Words that weaken what follows."""
