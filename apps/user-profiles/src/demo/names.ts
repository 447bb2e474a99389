/** Names of the world, for people who do not exist; every pair of a first and a last one is another person's. */
export const FIRST_NAMES: readonly string[] = `
Aaliyah Abena Adaeze Adam Aditi Agnieszka Ahmad Aiko Aino Aisha Akira Alejandro Aleksandra Alessia Alice Amara
Amina Amir Ana Anders Andrea Andrei Anika Anja Anna Antoine Ariel Arjun Astrid Aurélie Ayasha Ayşe Bahar Bartosz
Beatriz Benjamin Bilal Björn Bogdan Boris Brigitte Camila Carlos Caroline Catarina Chiara Chidi Chloé Clara
Daichi Dalia Daniela Danylo David Deniz Diego Dimitra Dmitri Dorota Edith Eduardo Eero Efua Eilidh Elena Elif
Elisabeth Emilia Emre Eoin Erik Esther Eszter Eva Fabian Farah Fatima Felix Femke Finn Francesca Freya Gabriel
Gaëlle Georgios Giulia Goran Grace Gustavo Hana Hannah Hassan Heidi Helena Henrik Hiroshi Hugo Ibrahim Ida Ikram
Imani Inês Ingrid Irina Isabel Ivan Jakub Jamal Jana Jasper Javier Jelena Johanna Jonas José Joseph Julia Jun
Kaito Kamala Karim Kasia Katarina Kavya Keiko Kemal Kofi Kwame Lars Laila Laura Lea Leila Leonardo Linh Louise
Lucia Luka Magnus Maja Malik Marek Maria Mariam Mario Marta Mateo Mathilde Maxim Mehmet Mei Meera Michał Miguel
Milan Mina Mohamed Nadia Naomi Natalia Nia Niamh Nikola Nina Noor Oksana Olga Oliver Omar Oscar Paula Pavel
Petra Pierre Priya Rafael Rania Ravi Ruth Samira Sanne Santiago Sara Selma Simon Siobhán Sofia Søren Stefan
Tariq Tatiana Thandiwe Tomás Uma Valentina Viktor Wanjiru Yara Yuki Yusuf
`
  .trim()
  .split(/\s+/);

export const LAST_NAMES: readonly string[] = `
Aalto Abbas Abe Abebe Abiodun Achieng Adams Adeyemi Aguilar Ahmed Aksoy Alarcón Albrecht Ali Almeida Alonso
Altmann Alvarez Amari Amoah Andersen Andersson Andrade Antonov Aoki Araújo Arslan Asante Aslan Atieno Aydin
Ayers Azevedo Baba Babić Bachmann Baker Bakker Balogun Banda Banerjee Barbieri Barbosa Bauer Bayar Becker
Benítez Berg Bergström Bernard Bianchi Bielak Blom Boateng Bondarenko Borges Bose Bouchard Boyle Braun Brennan
Brunner Burke Byrne Cabrera Caldwell Campos Cardoso Caruso Castillo Castro Çelik Cermak Chanda Chang Chaudhry
Chavez Chen Cheng Cho Chowdhury Christensen Chukwu Cohen Colombo Conti Correia Costa Cruz Cunha Dahl Danso Das
Davies Delgado Demir Deshmukh Desai Diallo Díaz Dlamini Dobrev Doherty Domingo Dominguez Dorsey Doyle Drăgan
Dubois Duda Dvořák Eberhardt Egger Eklund Ekström El-Sayed Eriksen Escobar Espinosa Esposito Evans Faria Farkas
Farouk Fashola Feng Fernandes Ferrari Ferreira Fiala Fischer Fitzgerald Flores Fontana Forsberg Fournier Franco
Franke Friedman Fuentes Fujita Gábor Gallagher Gallo García Garnier Gashi Gauthier Georgiou Ghosh Goldberg
Gonçalves González Gordon Gosling Graf Greco Grigoriev Gruber Grünwald Guerra Guerrero Gupta Gustafsson
Gutiérrez Haas Haddad Hadžić Hahn Håkansson Halvorsen Hamid Han Hansen Hartmann Hashimoto Haugen Hayashi Hedlund
Heikkinen Henriksen Herman Hernández Herrera Hirsch Hoang Hoffmann Holm Holmberg Horvat Horváth Hosseini Huang
Huber Hughes Hussain Ibáñez Iglesias Ikeda Ilić Inoue Iqbal Ishikawa Islam Itō Ivanov Iwu Jablonski Jackson
Jacobs Jahn James Jankowski Jansen Janssens Jensen Jiménez Jóhannsson Johnsen Jovanović Juarez Kaczmarek Kamara
Kamau Kamiński Kapoor Karlsson Kato Kaur Kaya Keller Kelly Kenyatta Kerimov Khalil Khan Kikuchi Kim Kimani King
Kipkemboi Kiss Klein Kobayashi Koch Koizumi Kondo König Koroma Kovač Kowalski Kozlov Krämer Kraus Krishnan
Kristoffersen Kruger Kumar Kurt Kuznetsov Kwon Laine Lam Lambert Lang Larsen Lau Lavigne Lê Lebedev Leclerc Lee
Lefebvre Lehmann Lehtonen Lewandowski Li Lim Lindberg Lindgren Lis Liu Löfgren Lombardi López Lorenz Lund
Łukasik MacDonald Machado Madsen Maeda Magalhães Mahlangu Maier Majewski Malhotra Mäkinen Mancini Marín Markovic
Marques Marshall Martinez Martins Masuda Matsumoto Mazur Mbeki McCarthy Medina Mehta Meijer Mendes Mendoza Menon
Mensah Messina Meyer Mikkelsen Miller Miranda Mishra Mitchell Mohr Monteiro Morales Moreau Moreno Moretti Mori
Morris Moser Mukherjee Müller Muñoz Murphy Musa Mutua Mwangi Nair Nakagawa Nakamura Nascimento Navarro Ndiaye
Németh Neumann Nguyễn Nielsen Nikolaidis Nilsson Nishimura Njoroge Noguchi Nordin Novak Nowak Nunes Nyström Obi
O'Brien Ochoa Odhiambo Ogawa Okada Okafor Olsen Oliveira O'Neill Ong Oppong Ortega Ortiz Osei Özdemir Öztürk
Pačić Padilla Park Patel Pavlović Pedersen Peeters Pellegrini Peña Pereira Pérez Petersen Petrov Pham Phiri
Pichler Pietrzak Pinto Popescu Popov Prasad Prieto Qureshi Rahman Ramírez Ramos Rao Rasmussen Reddy Reilly Reyes
Ribeiro Ricci Richter Rizzo Roberts Robles Rojas Romano Romero Rossi Roux Ruiz Russo Saito Sakamoto Salazar
Sánchez Santoro Santos Sasaki Sato Sauer Schäfer Schmidt Schneider Schulz Seidel Sharma Shimizu Silva Simić
Singh Sokolov Soto Souza Suzuki Takahashi Takeda Tan Tanaka Tang Tavares Teixeira Tesfaye Thompson Thomsen
Toivonen Torres Touré Tran Tremblay Tsai Turan Uchida Ueda Ulrich Vargas Vasquez Vega Vera Vidal Vieira Vinter
Virtanen Vogel Volkov Vu Walker Walsh Wang Ward Weber Weiss Wilson Winkler Wójcik Wolf Wong Wright Wu Yamada
Yamamoto Yang Yılmaz Yildiz Young Yusuf Zając Zhang Zhao Zhou Zieliński
`
  .trim()
  .split(/\s+/);
