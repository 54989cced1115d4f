"""Words that decide between a person and something public. Lower case; anybody may add some."""

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EVERYONE: Final = _words(
    """
    admin administrateur administrateurs admins all aux caf chacun channel citoyennes citoyens commune contact
    departement depute deputes des département député députés edf elus elysee enedis equipe etat everyone france
    gouvernement habitantes habitants here l la laposte le les maire mairie media medias ministere ministre
    ministère moderateur moderateurs moderation moderatrice modérateur modérateurs modération modératrice
    organisateur organisateurs organisation parents prefecture prefet president presse profs préfecture préfet
    président quartier ratp region région senat sncf support sénat team tous tout toutes village ville voisins
    élus élysée équipe état
    """
)
"""Who is called with an @ without being a person."""

NOT_ON_PLATES: Final = _words(
    """
    AN ANS AS CE CES CM CV DB DE DES DM EN ES EST ET GB GW HA HT JE KG KM KV KW LA LE LES MA ME MES MG MM MW NE
    NF PH RD RN SA SE SES TA TE
    """
)
"""Short words and units: "LE 100 ET", "3 km 50", "12 NF 45" are no number plates."""

NOT_A_PERSON: Final = _words(
    """
    action allô article association avenue bonjour boulevard bravo centre cité code collectif collège comité
    commissaire commune conseil conseiller conseillère contre cordialement crit'air directeur directrice discord
    département député députée europe facebook france gare instagram institut je la le les loi lycée lyon madame
    maire mairesse mairie maison marseille mastodon merci mesdames messieurs ministre monde monsieur non nos
    notre nous oui parc paris pas place plan pont pour prefet premier première president projet propre préfet
    préfète président présidente pôle quartier recteur rectrice rue région république saint sainte service
    snapchat société stop syndicat sénateur sénatrice telegram tiktok tous tout toute toutes toutlemonde twitter
    union universite université ville vos votre vous whatsapp youtube école état
    """
)
"""Holders of a public office are addressed by it ("Monsieur le Maire"), and institutions have capitals."""

PUBLIC_SURNAMES: Final = _words(
    """
    ampère aragon attal aubrac ayrault badinter balzac bardella barnier baudelaire bayrou beauvoir bonaparte
    bourdieu bovary brassens brossolette camus castex cazeneuve chirac churchill clemenceau colbert coluche
    condorcet césaire d'arc d'estaing danton darwin debré delors descartes diderot dolto eiffel einstein
    flaubert foch freinet gainsbourg galilée gambetta gandhi gaulle giscard glucksmann haussmann hidalgo
    hollande hugo jaures jaurès joffre jospin jouzel juppé lafayette lamartine lecornu lincoln lénine macron
    malraux mandela manouchian marx mazarin melenchon merkel mitterrand molière montesquieu montessori mélenchon
    napoléon newton obama piaf piketty pompidou poutine proust prévert pétain raffarin richelieu rimbaud
    robespierre rocard roosevelt sarkozy sartre schoelcher schuman schœlcher staline taubira thatcher thiers
    tocqueville trump vauban veil verlaine villani villepin voltaire yourcenar zemmour zola éboué éluard
    """
)
"""Surnames that point to one person, whose name stands for a work or an office; ``PUBLIC_NAMES`` has the others."""

FIRST_NAMES: Final = _words(
    """
    adam adrien agnès ahmed aicha alain alexandra alexandre ali alice aline amandine amina amine anais andré
    andrée anne annie anthony antoine arnaud arthur aurelie aurélie axel benjamin benoit bernadette bernard
    brahim brigitte bruno camille carole caroline catherine cecile cedric celine chantal charles charlotte
    christelle christian christiane christine christophe claire clara claude claudine clément colette corinne
    cécile céline damien daniel danielle david delphine denis denise didier dominique edouard elise elodie
    emilie emma enzo eric ernest estelle etienne eva fabien fabrice fatiha fatima fernand florence florian
    franck francois francoise françois françoise frederic frédéric gabriel gaëlle geneviève georges gerard
    germaine ghislaine gilbert gilles ginette grégory guillaume guy gérard hakim hamid hassan henri hervé hugo
    ibrahim inès isabelle jacqueline jacques jade jamel jean jeanne jeannine jerome joel joseph josette josiane
    jules julie julien jérôme karim karine kevin khadija laetitia laura laure laurence laurent lea leila lina
    loic louis louise luc lucas lucie lucien lucienne ludovic léa madeleine magali malika manon manuel marc
    marcel marcelle marguerite marie marine marion martin martine maryse mathieu maurice maxime mehdi michel
    michele michèle mickael mohamed mohammed monique mourad murielle mustapha myriam nadia nadine nathalie
    nathan nicolas nicole nina noémie odette odile olivier omar pascal pascale patrice patricia patrick paul
    paulette pauline philippe pierre pierrette quentin rachid rachida raphael raymond raymonde rené renée robert
    roger roland romain rose régine rémi sabrina said salima samir samira samuel sandra sandrine sarah sebastien
    serge simon simone solange sonia sophie stephane stéphane stéphanie suzanne sylvain sylvie sébastien therese
    thierry thomas théo thérèse tiphaine valerie valérie vanessa veronique victor vincent virginie viviane
    véronique xavier yann yannick yasmine yassine youssef yves yvette yvonne zineb zoé élise éric
    """
)
"""Among the most given in France, of all generations; only asked for after "mon voisin" and the like."""

LITTLE_WORDS: Final = _words(
    """
    ainsi aussi avec bien cela celle celui ceux comme dans des donc déjà elle encore et eux jamais juste les lui
    mais mal moi mon même non nous oui par parfois pas personne peu plus plutôt pour que qui quoi rien son sous
    souvent sur toi toujours tous tout trop une vous vraiment ça
    """
)
"""What follows "je m'appelle" or "mme" without being a name."""

PUBLIC_NAMES: Final = re.compile(
    r"\b(?:louise michel|abbé pierre|[ée]douard philippe|blaise pascal|jules ferry|louis pasteur|jean moulin|"
    r"(?:marie|pierre|irène) curie|léon blum|olivier faure|jack lang|[ée]lisabeth borne|françois fillon|manuel valls|"
    r"marine le pen|jean-marie le pen|rachida dati|fabien roussel|mendès france|luther king|joséphine baker|"
    r"george sand|simone weil|jean-jacques rousseau|olympe de gouges|jean zay|sœur emmanuelle|jules verne|"
    r"alexandre dumas|andré gide|boris vian|jacques brel|léo ferré|yves montand|jean monnet|aristide briand|"
    r"martine aubry|nicolas hulot|josé bové|ségolène royal|cécile duflot|charles péguy|germaine tillion|jean rostand|"
    r"thomas pesquet|zinédine zidane|jean ferrat|simone signoret|marguerite duras|jean genet|rosa parks|anne frank)\b",
    re.IGNORECASE,
)
"""Full names of public figures whose surname many people bear."""
