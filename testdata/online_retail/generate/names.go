package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The lists below are common names and invented shops. They say nothing about the customers of the data set, who are
// not known.

var salesReps = []string{"Amara Osei", "Ben Whitlock", "Catrin Hughes", "Dev Malhotra", "Ellen Sorensen", "Frank Oduya"}

var titles = []string{"Owner", "Managing Director", "Shop Manager", "Buyer", "Purchasing Assistant", "Store Assistant"}

var topics = []string{"christmas decorations", "kitchen and baking", "garden", "gift wrap and cards", "lighting",
	"party", "stationery", "vintage signs", "bags and purses", "toys"}

// people is a pair of name lists.
type people struct{ first, last []string }

var english = people{
	[]string{"Alice", "Amelia", "Arthur", "Beth", "Charlotte", "Daniel", "Edward", "Emily", "Fiona", "George", "Grace",
		"Hannah", "Harriet", "Henry", "Imogen", "Isla", "Jack", "James", "Joanna", "Kate", "Laura", "Leo", "Lucy",
		"Martha", "Megan", "Nathan", "Nina", "Oliver", "Oscar", "Priya", "Rachel", "Robert", "Rosie", "Sam", "Sarah",
		"Simon", "Sophie", "Theo", "Thomas", "Zara"},
	[]string{"Abbott", "Ainsworth", "Barker", "Bellamy", "Bishop", "Carver", "Chandler", "Clarke", "Coleman", "Dalton",
		"Ellis", "Fairfax", "Fletcher", "Garner", "Gill", "Hale", "Harding", "Holt", "Ingram", "Jarvis", "Kemp", "Khan",
		"Lambert", "Langley", "Marsh", "Mercer", "Nash", "Norris", "O'Brien", "Osborne", "Parry", "Patel", "Quinn",
		"Rowe", "Sharp", "Sinclair", "Thorne", "Vaughan", "Walsh", "Winter"},
}

var german = people{
	[]string{"Anja", "Birgit", "Carsten", "Dieter", "Eva", "Frauke", "Greta", "Heike", "Jonas", "Jürgen", "Katrin",
		"Lena", "Lukas", "Matthias", "Petra", "Sabine", "Sven", "Ulrike"},
	[]string{"Albrecht", "Baumann", "Brandt", "Dörfler", "Ebert", "Falk", "Günther", "Hartmann", "Jäger", "Krüger",
		"Lang", "Möller", "Neumann", "Pohl", "Richter", "Schäfer", "Vogel", "Weiß"},
}

var french = people{
	[]string{"Agnès", "Amélie", "Bruno", "Camille", "Céline", "Didier", "Élodie", "François", "Gaëlle", "Hélène",
		"Julien", "Léa", "Luc", "Margaux", "Noémie", "Rémi", "Sylvie", "Yves"},
	[]string{"Arnaud", "Beaumont", "Chevalier", "Delorme", "Faure", "Gaillard", "Hébert", "Lacroix", "Lefèvre",
		"Marchand", "Moreau", "Noël", "Perrin", "Renard", "Rousseau", "Seguin", "Tessier", "Vidal"},
}

var southern = people{
	[]string{"Ana", "Carla", "Chiara", "Diogo", "Elena", "Gonzalo", "Inês", "Javier", "José", "Lucía", "Marco", "Marta",
		"Nuno", "Paola", "Rafael", "Sofia"},
	[]string{"Almeida", "Bianchi", "Castro", "Conti", "Domínguez", "Ferrari", "García", "Marín", "Núñez", "Pinto",
		"Ramos", "Rossi", "Santos", "Serra", "Silva", "Vega"},
}

var northern = people{
	[]string{"Aino", "Anders", "Astrid", "Bjørn", "Elin", "Freja", "Håkon", "Ingrid", "Jari", "Lars", "Maja", "Mikko",
		"Nils", "Sanne", "Sigrid", "Wouter"},
	[]string{"Andersen", "Berg", "Dahl", "de Vries", "Eriksson", "Haugen", "Jansen", "Korhonen", "Lindqvist", "Mulder",
		"Nielsen", "Nyström", "Peeters", "Rasmussen", "Solberg", "Virtanen"},
}

var peopleByCountry = map[string]people{
	"Germany": german, "Austria": german, "Switzerland": german,
	"France": french, "Belgium": french, "Channel Islands": french,
	"Spain": southern, "Portugal": southern, "Italy": southern, "Brazil": southern, "Malta": southern,
	"Netherlands": northern, "Norway": northern, "Sweden": northern, "Denmark": northern, "Finland": northern,
	"Iceland": northern,
}

// personName draws a name of the country's flavour, an English one where there is no list.
func personName(r *rand.Rand, country string) (first, last string) {
	names, ok := peopleByCountry[country]
	if !ok {
		names = english
	}
	return pick(r, names.first), pick(r, names.last)
}

// ascii spells the letters of the lists without accents, for addresses.
var ascii = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "å", "a", "ø", "o", "à", "a", "â", "a",
	"ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e", "É", "E", "í", "i", "ï", "i", "ñ", "n", "ó", "o", "ô", "o",
	"ú", "u", "'", "", " ", "")

var (
	shopFirst = []string{"Acorn", "Amber", "Apple Tree", "Bluebell", "Bramble", "Brass", "Button", "Cherry", "Clover",
		"Copper", "Cotton", "Dovecote", "Driftwood", "Ember", "Fern", "Foxglove", "Gingham", "Harbour", "Hazel",
		"Honeycomb", "Ivory", "Juniper", "Kettle", "Lantern", "Larkspur", "Linen", "Magpie", "Marigold", "Meadow",
		"Nutmeg", "Oak", "Olive", "Paper", "Pebble", "Pepper", "Plum", "Quill", "Ribbon", "Rowan", "Saffron", "Silver",
		"Sparrow", "Teapot", "Thimble", "Thistle", "Velvet", "Walnut", "Willow", "Wren", "Yarrow"}
	shopSecond = []string{"Barn", "Bazaar", "Boutique", "Cabin", "Collection", "Corner", "Cottage", "Emporium",
		"Gallery", "Gift House", "Gifts", "Home", "House", "Interiors", "Lane", "Living", "Loft", "Market", "Nest",
		"Parlour", "Pantry", "Post", "Shed", "Shop", "Store", "Studio", "Trading", "Workshop"}
	shopPattern = map[string]string{
		"Germany": "%s %s GmbH", "Austria": "%s %s KG", "Switzerland": "%s %s AG", "France": "Maison %s %s",
		"Belgium": "Maison %s %s", "Spain": "Casa %s %s", "Portugal": "Casa %s %s", "Italy": "Bottega %s %s",
		"Netherlands": "%s %s BV", "EIRE": "The %s %s", "United Kingdom": "%s %s",
	}
)

// shopName invents a shop. A few share a name, as shops do: nothing may take a name for a key.
func shopName(r *rand.Rand, country string) string {
	pattern, ok := shopPattern[country]
	if !ok {
		pattern = "%s %s Ltd"
	}
	name := fmt.Sprintf(pattern, pick(r, shopFirst), pick(r, shopSecond))
	if country == "United Kingdom" {
		name = pick(r, []string{"The ", "", "", "Little "}) + name
		name += pick(r, []string{"", "", " & Co", " Ltd", " of Bath", " of York", " of Ely"})
	}
	return name
}
